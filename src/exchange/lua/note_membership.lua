#!lua flags=allow-oom
-- Notes a membership unless a newer one is there, and tells the user's servers to look at the list again.
-- KEYS 1 the user's overlay  2 the user's channel  ARGV 1 list  2 rev  3 role  4 whether the list is deleted
local present = redis.call('HGET', KEYS[1], ARGV[1])
if not present or string.sub(present, 1, 13) < ARGV[2] then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. ARGV[4])
end
redis.call('SPUBLISH', KEYS[2], ARGV[1])
return 1
