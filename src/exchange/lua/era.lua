#!lua flags=allow-oom
-- The era of a partition: another one after each promotion or restart of Redis, and after the database has begun one,
-- because acknowledged changes may be gone then.
-- KEYS 1 era  2 the replication id that it was made for  3 the newest era of the database that anybody told of
-- ARGV 1 the master's replication id now  2 the caller's time, ms  3 the database's era as the caller knows it
-- Answers the era: 13 digits. It lies ahead of both clocks, so that no rev that was given before is given again: the clock
-- of a replica may lag behind that of the master which gave them. A caller who is ahead by over a day is not believed.
local era, known = redis.call('GET', KEYS[1]), redis.call('GET', KEYS[3])
-- Callers that have not noticed yet tell of an older one: that is no news.
local is_stored_anew = known and tonumber(ARGV[3]) > tonumber(known)
if not known or is_stored_anew then redis.call('SET', KEYS[3], ARGV[3]) end
if era and not is_stored_anew and redis.call('GET', KEYS[2]) == ARGV[1] then return era end
local now = redis.call('TIME')
local here = now[1] * 1000 + math.floor(now[2] / 1000)
local next = math.max(here, math.min(tonumber(ARGV[2]), here + 86400000)) + 5000
if era and next <= tonumber(era) then next = era + 1 end
next = string.format('%.0f', next)
redis.call('MSET', KEYS[1], next, KEYS[2], ARGV[1])
return next
