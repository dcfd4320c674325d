#!lua
-- Brings a list of an older era into the present one: what the store has newer comes in, what only Redis has is queued
-- for the store again. The caller has compared them.
-- KEYS 1 list  2 seed  3 stream  4 era  5 ops
-- ARGV 1 token  2 era  3 the meta that was compared  4 the new meta
--      5 how many messages for the store follow, 6 how many rows behind them (field, row), and then ops (op, rev)
-- Answers 1 if it is done, 0 if the token, the era or the list is no longer what it was.
local call = redis.call
local fits = call('GET', KEYS[2]) == ARGV[1] and call('GET', KEYS[4]) == ARGV[2] and call('HGET', KEYS[1], 'm') == ARGV[3]
if fits then
  local at = 7
  call('HSET', KEYS[1], 'm', ARGV[4])
  for _ = 1, ARGV[5] do
    if call('HINCRBY', KEYS[1], 'n', 1) == 1 then call('PERSIST', KEYS[1]) end
    call('XADD', KEYS[3], '*', 'l', KEYS[1], 'c', ARGV[at])
    at = at + 1
  end
  for _ = 1, ARGV[6] do
    call('HSET', KEYS[1], ARGV[at], ARGV[at + 1])
    at = at + 2
  end
  for i = at, #ARGV, 2 do call('HSETNX', KEYS[5], ARGV[i], ARGV[i + 1]) end
end
if call('GET', KEYS[2]) == ARGV[1] then call('DEL', KEYS[2]) end
return fits and 1 or 0
