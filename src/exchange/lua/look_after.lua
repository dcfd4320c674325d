#!lua flags=allow-oom
-- For an entry that a worker has written to the store and that was not pending any more: others have it, or a failover
-- has lost it here. Then the store has what the list has not, and an era begins, so that they are compared.
-- KEYS 1 list  2 seed  3 era.  ARGV 1 the change's rev  2.. the fields of its rows
-- Answers 1 if an era has begun; it is told on the list's channel.
local call = redis.call
if call('EXISTS', KEYS[1]) == 0 then
  call('DEL', KEYS[2])  -- who loads it may have read the store before
  return 0
end
for i = 2, #ARGV do
  local row = call('HGET', KEYS[1], ARGV[i])
  if not row or string.sub(row, 1, 13) < ARGV[1] then
    call('SET', KEYS[3], string.format('%.0f', call('GET', KEYS[3]) + 1))
    call('SPUBLISH', KEYS[1], '!')
    return 1
  end
end
return 0
