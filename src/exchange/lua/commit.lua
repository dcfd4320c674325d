#!lua
-- Compares and commits one change of one list: takes a rev, writes the rows, remembers the op, queues the change for
-- the store, and tells every server. All of it or nothing.
--
-- KEYS  1 list  2 ops  3 stream  4 era
-- ARGV  1 "<era> <state>" that the decision was made on; state l(ive), d(eleted) or a(bsent)
--       2 the state afterwards; "=" for a change that writes nothing, of which only the op is remembered
--       3 the field of the member who asks  4 the roles that may ("*" = who asks need not be a member)
--       5 the op  6 the list's rev that the decision needs, or ""
--       7 change of the number of live items  8 the most there may be, or "0"
--       9 the most entries that may wait in the stream, or "0"
--      10 what the message says of the change: "<kind> <user> <op>"
--      11.. three for each row: field; first 13 bytes of the row that was seen ("" = there was none, "*" = whatever);
--           the new row without its rev
-- Answers OK rev last | SAME rev | FORMER (the op is known, and who asks is no member any more) | ERA era | ABSENT | FULL
--         | MOVED meta member row…
local call, A, list = redis.call, ARGV, KEYS[1]
local sub = string.sub
local guard = A[1]
local era = call('GET', KEYS[4])
if era ~= sub(guard, 1, 13) then return {'ERA', era} end

local fields = {'m', A[3]}
for i = 11, #A, 3 do fields[#fields + 1] = A[i] end
local present = call('HMGET', list, unpack(fields))
local meta, member = present[1], present[2]
if not meta then return {'ABSENT'} end
if sub(meta, 1, 13) ~= era then return {'ERA', era} end
local last, live = sub(meta, 17, 29), tonumber(sub(meta, 31))
local role = member and sub(member, 15, 15) or '-'

local function moved() return {'MOVED', unpack(present, 1, #fields)} end

-- Who is not allowed learns nothing, not even that the op is known.
if A[4] ~= '*' and not string.find(A[4], role, 1, true) then return moved() end

local fits = sub(meta, 1, 15) == guard and (A[6] == '' or A[6] == last)
if fits and A[7] == '1' and A[8] ~= '0' and live >= tonumber(A[8]) then fits = false end
if fits then
  for i = 11, #A, 3 do
    local seen, row = A[i + 1], present[(i + 1) / 3 - 1]
    if seen ~= '*' and sub(row or '', 1, 13) ~= seen then fits = false break end
  end
end
local known = call('HGET', KEYS[2], A[5])
if known then
  if role == '-' then return {'FORMER'} end
  return {'SAME', known}
end
if not fits then return moved() end
if A[9] ~= '0' and call('XLEN', KEYS[3]) >= tonumber(A[9]) then return {'FULL'} end

local rev = last
local writes = A[2] ~= '='
if writes then
  local now = call('TIME')
  rev = now[1] .. sub('00000' .. now[2], -6, -4)
  if rev <= last then rev = string.format('%.0f', last + 1) end
  if rev < era then rev = era end
end

call('HSET', KEYS[2], A[5], rev)
local message = era .. ' ' .. rev .. ' ' .. last .. ' ' .. A[10]
if writes then
  local set = {'m', era .. ' ' .. A[2] .. ' ' .. rev .. ' ' .. string.format('%d', live + A[7])}
  local told = {message}
  for i = 11, #A, 3 do
    set[#set + 1] = A[i]
    set[#set + 1] = rev .. A[i + 2]
    told[#told + 1] = A[i] .. ' ' .. A[i + 2]
  end
  call('HSET', list, unpack(set))
  message = table.concat(told, '\n')
end
if call('HINCRBY', list, 'n', 1) == 1 then call('PERSIST', list) end
call('XADD', KEYS[3], '*', 'l', list, 'c', message)
if writes then call('SPUBLISH', list, message) end
return {'OK', rev, last}
