#!lua
-- Adds rows to those that are being loaded. All of them go by themselves if they are never installed, and who loads them
-- may end at any moment: so both in one step.
-- KEYS 1 loaded rows.  ARGV 1 milliseconds until they go  2.. field, value, … of no more rows than unpack() takes: some thousands
-- Answers 1.
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
