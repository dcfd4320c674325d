#!lua flags=allow-oom
-- Forgets those who took entries of a stream and have ended: nothing is left of theirs, and nobody has seen them for long.
-- One that lives is made anew by its next look at the stream.
-- KEYS 1 stream.  ARGV 1 group  2 milliseconds since it was seen
-- Answers how many there were.
local forgotten = 0
for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local of = {}
  for i = 1, #consumer, 2 do of[consumer[i]] = consumer[i + 1] end
  if of.pending == 0 and of.idle > tonumber(ARGV[2]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], of.name)
    forgotten = forgotten + 1
  end
end
return forgotten
