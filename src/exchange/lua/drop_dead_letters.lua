#!lua flags=allow-oom
-- Forgets dead letters; a list of which nothing is left that waits may be forgotten by and by.
-- KEYS 1 dead letters  2.. their lists
-- ARGV 1 milliseconds until a clean list may be forgotten  2.. for each: its id, the index of its list among KEYS, or 0
-- Answers how many there were.
local call = redis.call
local found = 0
for i = 2, #ARGV, 2 do
  if call('XDEL', KEYS[1], ARGV[i]) == 1 then
    found = found + 1
    local list = KEYS[tonumber(ARGV[i + 1])]
    if list and call('EXISTS', list) == 1 and call('HINCRBY', list, 'n', -1) <= 0 then
      call('HSET', list, 'n', 0)
      call('PEXPIRE', list, ARGV[1])
    end
  end
end
return found
