#!lua flags=no-writes
-- How it stands with what waits for the store.
-- KEYS 1 stream  2 dead letters.  ARGV 1 group
-- Answers: entries, entries that a worker has taken, milliseconds since the oldest was made (-1 = there is none), dead
-- letters.
local call = redis.call
local age, taken = -1, 0
local oldest = call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
if oldest then
  local now = call('TIME')
  local made = tonumber(string.match(oldest[1], '^%d+'))
  age = math.max(0, now[1] * 1000 + math.floor(now[2] / 1000) - made)
  local pending = redis.pcall('XPENDING', KEYS[1], ARGV[1])
  if not pending.err then taken = pending[1] end
end
return {call('XLEN', KEYS[1]), taken, age, call('XLEN', KEYS[2])}
