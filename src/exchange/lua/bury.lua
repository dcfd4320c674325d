#!lua flags=allow-oom
-- Moves an entry that the store will never take to the dead letters, once. Its list stays pinned: `n` counts it still.
-- KEYS 1 stream  2 dead letters  ARGV 1 group  2 entry  3 list  4 change  5 why
-- Answers 1, or 0 if the entry was not pending any more.
local call = redis.call
if call('XACK', KEYS[1], ARGV[1], ARGV[2]) == 0 then return 0 end
call('XADD', KEYS[2], '*', 'l', ARGV[3], 'c', ARGV[4], 'why', ARGV[5], 'id', ARGV[2])
call('XDEL', KEYS[1], ARGV[2])
return 1
