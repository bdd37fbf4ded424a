-- The ledger's entries (34 bytes each: newsdrop/ledger/records.py) and the counts per state and of what was put away.
local NO_DOCUMENT = string.rep('\0', 16)
local LAYOUT = '>BBBI4I5I6'
-- Beside the deaths: newsdrop itself put the file away that the entry tells of (put_away.lua).
local PUT_AWAY = 128
local moved = {}

local function entry(id)
  local packed = call('HGET', K.ledger, id)
  if not packed or #packed ~= 34 then
    return {attempts = 0, deaths = 0, size = 0, mtime = 0, document = NO_DOCUMENT, away = false, was_away = false}
  end
  local state, attempts, deaths, time_s, size, mtime = struct.unpack(LAYOUT, packed)
  local away = deaths >= PUT_AWAY
  return {state = STATE_NAMES[state], attempts = attempts, deaths = deaths % PUT_AWAY, time_s = time_s, size = size,
          mtime = mtime, document = string.sub(packed, 19), away = away, was_away = away}
end

local function write(id, e, time_s)
  if e.away ~= e.was_away then
    moved.put_away = (moved.put_away or 0) + (e.away and 1 or -1)
    e.was_away = e.away
  end
  local deaths = math.min(e.deaths, PUT_AWAY - 1) + (e.away and PUT_AWAY or 0)
  local head = struct.pack(LAYOUT, STATE_CODES[e.state], math.min(e.attempts, 255), deaths, time_s, e.size, e.mtime)
  call('HSET', K.ledger, id, head .. e.document)
end

-- Forgets that the drop was ever seen.
local function erase(id, e)
  moved[e.state] = (moved[e.state] or 0) - 1
  if e.was_away then moved.put_away = (moved.put_away or 0) - 1 end
  call('HDEL', K.ledger, id)
end

-- The file that the entry tells of is not the one that was put away.
local function is_here(e, document) e.away, e.document = false, document end

local function put(id, e, state)
  if e.state ~= state then
    if e.state then moved[e.state] = (moved[e.state] or 0) - 1 end
    moved[state] = (moved[state] or 0) + 1
    e.state = state
  end
  write(id, e, math.floor(now / 1000))
end

-- To be called at the end of every script that calls put(), write() or erase().
local function write_counts()
  for state, change in pairs(moved) do
    if change ~= 0 then call('HINCRBY', K.counts, state, change) end
  end
end
