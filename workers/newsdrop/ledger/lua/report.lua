-- A process says how it is; those that fell silent are forgotten. A: kind, name, values (JSON text), ttl_ms
local key = K.report .. A.kind
call('HSET', key, A.name, int(now + A.ttl_ms) .. ' ' .. A.values)
local all = call('HGETALL', key)
for i = 1, #all, 2 do
  local until_ms = tonumber(string.match(all[i + 1], '^(%d+) '))
  if not until_ms or until_ms <= now then call('HDEL', key, all[i]) end
end
return 1
