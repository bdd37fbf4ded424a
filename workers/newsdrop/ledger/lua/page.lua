-- The next letters of an order by the time of their last failure, found by the time and name of the one before and
-- not by rank: so none is left out or told twice while others come and go. A: key, from, to (ms, or '-inf', '+inf'),
-- after (false, or {ms, name}), newest (which end is first), count. Answers name, ms, name, ms …
local function range(from, to, offset, count, ...)
  if A.newest then return call('ZRANGE', A.key, to, from, 'BYSCORE', 'REV', 'LIMIT', offset, count, ...) end
  return call('ZRANGE', A.key, from, to, 'BYSCORE', 'LIMIT', offset, count, ...)
end

local function is_later(name, than)
  if A.newest then return name < than end
  return name > than
end

-- How many of the letters of one millisecond stand before the next one after `name`: a doubling search, since a
-- restored ledger may hold a million of one millisecond.
local function passed(ms, name)
  local function is_passed(at)
    local found = range(ms, ms, at, 1)[1]
    return found and not is_later(found, name)
  end
  local low, step = 0, 1
  while is_passed(low + step - 1) do low, step = low + step, step * 2 end
  local high = low + step - 1
  while low < high do
    local middle = math.floor((low + high) / 2)
    if is_passed(middle) then low = middle + 1 else high = middle end
  end
  return low
end

local function is_within(ms)
  if A.newest then return A.to == '+inf' or ms <= tonumber(A.to) end
  return A.from == '-inf' or ms >= tonumber(A.from)
end

local offset = 0
if A.after and is_within(A.after[1]) then
  local ms = int(A.after[1])
  offset = passed(ms, A.after[2])
  if A.newest then A.to = ms else A.from = ms end
end
return range(A.from, A.to, offset, A.count, 'WITHSCORES')
