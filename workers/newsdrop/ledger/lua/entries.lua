-- The ledger's entries (34 bytes each: newsdrop/ledger/records.py) and the counts per state.
local NO_DOCUMENT = string.rep('\0', 16)
local LAYOUT = '>BBBI4I5I6'
local moved = {}

local function entry(id)
  local packed = call('HGET', K.ledger, id)
  if not packed or #packed ~= 34 then
    return {attempts = 0, deaths = 0, size = 0, mtime = 0, document = NO_DOCUMENT}
  end
  local state, attempts, deaths, _, size, mtime = struct.unpack(LAYOUT, packed)
  return {state = STATE_NAMES[state], attempts = attempts, deaths = deaths, size = size, mtime = mtime,
          document = string.sub(packed, 19)}
end

local function put(id, e, state)
  if e.state ~= state then
    if e.state then moved[e.state] = (moved[e.state] or 0) - 1 end
    moved[state] = (moved[state] or 0) + 1
    e.state = state
  end
  local head = struct.pack(LAYOUT, STATE_CODES[state], math.min(e.attempts, 255), math.min(e.deaths, 255),
                           math.floor(now / 1000), e.size, e.mtime)
  call('HSET', K.ledger, id, head .. e.document)
end

-- To be called at the end of every script that calls put().
local function write_counts()
  for state, change in pairs(moved) do
    if change ~= 0 then call('HINCRBY', K.counts, state, change) end
  end
end
