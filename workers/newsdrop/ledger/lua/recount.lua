-- Counts anew, after keys were lost. Answers 1, or 0 if the server was just enlarging a table and named an entry
-- twice: then nothing is changed, and the caller asks again.
-- Of an entry (entries.lua) only two bytes are looked at: there may be a million, and nothing else is served meanwhile.
local seen, cursor, byte, codes, away = 0, '0', string.byte, {}, 0
repeat
  local part = call('HSCAN', K.ledger, cursor, 'COUNT', 1000)
  local found = part[2]
  for i = 2, #found, 2 do
    local code, _, deaths = byte(found[i], 1, 3)
    codes[code] = (codes[code] or 0) + 1
    if deaths >= PUT_AWAY then away = away + 1 end
  end
  seen, cursor = seen + #found / 2, part[1]
until cursor == '0'
-- A state of a later version is none of ours.
for code, number in pairs(codes) do
  if STATE_NAMES[code] then moved[STATE_NAMES[code]] = number end
end
moved.put_away = away
if seen ~= call('HLEN', K.ledger) then return 0 end

local depth = {}
for _, batch in ipairs(call('ZRANGE', K.batches, 0, -1)) do
  local lane = call('HGET', K.batch .. batch, '@lane')
  if lane then depth[lane] = (depth[lane] or 0) + call('HLEN', K.batch .. batch) - BATCH_FIELDS end
end
call('DEL', K.counts, K.depth)
write_counts()
for lane, drops in pairs(depth) do call('HSET', K.depth, lane, drops) end
return 1
