#!lua flags=allow-oom
-- Removes entries that the store has from the stream; a list of which none is left may be forgotten by and by.
-- KEYS 1 stream  2.. the lists of the entries
-- ARGV 1 group  2 milliseconds until a clean list may be forgotten  3.. for each entry: its id, the index of its list
--      among KEYS
-- Answers the ids that were not pending: another worker had them, and their lists are to be looked at.
local call = redis.call
local ids, entries, strange = {}, {}, {}
for i = 3, #ARGV, 2 do ids[#ids + 1] = ARGV[i] end

-- `done` entries of a list are in the store.
local function settle(list, done)
  if call('EXISTS', list) == 1 and call('HINCRBY', list, 'n', -done) <= 0 then
    call('HSET', list, 'n', 0)
    call('PEXPIRE', list, ARGV[2])
  end
end

local all = call('XACK', KEYS[1], ARGV[1], unpack(ids)) == #ids
if all then call('XDEL', KEYS[1], unpack(ids)) end
for i = 3, #ARGV, 2 do
  if all or call('XDEL', KEYS[1], ARGV[i]) == 1 then
    local list = tonumber(ARGV[i + 1])
    entries[list] = (entries[list] or 0) + 1
  else
    strange[#strange + 1] = ARGV[i]
  end
end
for list = 2, #KEYS do
  if entries[list] then settle(KEYS[list], entries[list]) end
end
return strange
