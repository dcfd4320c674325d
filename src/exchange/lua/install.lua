#!lua flags=allow-oom
-- Puts rows that were loaded from the store in their place, if nobody else has meanwhile.
-- KEYS 1 list  2 seed  3 loaded rows  4 era  5 ops  6 loaded ops
-- ARGV 1 the token that the seed was taken with  2 the era it was loaded under  3 milliseconds until it may be forgotten
-- Answers 1 if it is installed, 0 if the token, the era or the list's absence was lost.
local call = redis.call
local installs = call('GET', KEYS[2]) == ARGV[1] and call('GET', KEYS[4]) == ARGV[2] and call('EXISTS', KEYS[1]) == 0
if installs then
  call('RENAME', KEYS[3], KEYS[1])
  call('PEXPIRE', KEYS[1], ARGV[3])
  -- Ops that are here already are newer than what the store remembers.
  if call('EXISTS', KEYS[6]) == 1 then
    if call('EXISTS', KEYS[5]) == 0 then
      call('RENAME', KEYS[6], KEYS[5])
      call('PERSIST', KEYS[5])
    else
      local ops = call('HGETALL', KEYS[6])
      for i = 1, #ops, 2 do call('HSETNX', KEYS[5], ops[i], ops[i + 1]) end
      call('DEL', KEYS[6])
    end
  end
else
  call('DEL', KEYS[3], KEYS[6])
end
if call('GET', KEYS[2]) == ARGV[1] then call('DEL', KEYS[2]) end
return installs and 1 or 0
