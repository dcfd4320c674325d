#!lua flags=allow-oom
-- Removes entries that the store has from the stream; a list of which none is left may be forgotten by and by.
-- KEYS 1 stream  2.. the lists of the entries
-- ARGV 1 group  2 milliseconds until a clean list may be forgotten  3.. for each entry: its id, the index of its list
--      among KEYS
-- Answers the ids that were not pending: another worker had them, and their lists are to be looked at.
local call = redis.call
local strange = {}
for i = 3, #ARGV, 2 do
  local id, list = ARGV[i], KEYS[tonumber(ARGV[i + 1])]
  if call('XACK', KEYS[1], ARGV[1], id) == 1 then
    call('XDEL', KEYS[1], id)
    if call('EXISTS', list) == 1 and call('HINCRBY', list, 'n', -1) <= 0 then
      call('HSET', list, 'n', 0)
      call('PEXPIRE', list, ARGV[2])
    end
  else
    strange[#strange + 1] = id
  end
end
return strange
