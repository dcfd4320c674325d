#!lua
-- Puts dead letters back among the changes that wait for the store. Their lists have counted them all the while.
-- KEYS 1 dead letters  2 stream
-- ARGV the ids
-- Answers how many there were.
local call = redis.call
local found = 0
for i = 1, #ARGV do
  local entry = call('XRANGE', KEYS[1], ARGV[i], ARGV[i])[1]
  if entry then
    local list, change = '', ''
    for f = 1, #entry[2], 2 do
      if entry[2][f] == 'l' then list = entry[2][f + 1] end
      if entry[2][f] == 'c' then change = entry[2][f + 1] end
    end
    call('XADD', KEYS[2], '*', 'l', list, 'c', change)
    call('XDEL', KEYS[1], ARGV[i])
    found = found + 1
  end
end
return found
