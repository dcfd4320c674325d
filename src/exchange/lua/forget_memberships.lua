#!lua flags=allow-oom
-- Forgets memberships that the store has.
-- KEYS 1 the user's overlay  ARGV list, rev, …
for i = 1, #ARGV, 2 do
  local present = redis.call('HGET', KEYS[1], ARGV[i])
  if present and string.sub(present, 1, 13) <= ARGV[i + 1] then redis.call('HDEL', KEYS[1], ARGV[i]) end
end
return 1
