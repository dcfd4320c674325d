#!lua flags=allow-oom
-- Forgets the ops of a list that Redis does not have: the store has all of them, and whoever loads the list loads them.
-- KEYS 1 list  2 ops
-- Answers 1 if they were forgotten, 0 if the list is there.
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('UNLINK', KEYS[2])
return 1
