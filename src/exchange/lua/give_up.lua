#!lua flags=allow-oom
-- Ends a load that failed, so that the next reader need not wait until its token expires.
-- KEYS 1 seed.  ARGV 1 the token
-- Answers 1 if it was ours. One key, so that it works while the slot moves and its keys are apart.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
