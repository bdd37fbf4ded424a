-- Who reported lately; those that fell silent are forgotten. A: kind. Answers {name, JSON text, …}
local all, reply = call('HGETALL', K.report .. A.kind), {}
for i = 1, #all, 2 do
  local until_ms, values = string.match(all[i + 1], '^(%d+) (.*)$')
  if until_ms and tonumber(until_ms) > now then
    reply[#reply + 1] = all[i]
    reply[#reply + 1] = values
  else
    call('HDEL', K.report .. A.kind, all[i])
  end
end
return reply
