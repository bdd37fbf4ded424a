-- One reconciler's turn. A: throttle_ms, gap_ms, count, limits
-- Answers {-1} (another one was here just now), {gap ms, number of leases renewed} or {0, lapsed batch …}
local last = tonumber(call('GET', K.tick) or '')
if last and now >= last and now - last < A.throttle_ms then return {-1} end
call('SET', K.tick, int(now))
local deadline = int(now)
if last and math.abs(now - last) <= A.gap_ms then
  local reply = {0}
  for _, batch in ipairs(call('ZRANGEBYSCORE', K.batches, '-inf', deadline, 'LIMIT', 0, A.count)) do
    reply[#reply + 1] = batch
  end
  return reply
end
-- Nobody looked for longer than a lease (Redis was down, the laptop slept): those who hold a batch may be alive
-- and had no chance to say so.
local renewed = call('ZRANGEBYSCORE', K.batches, '-inf', deadline)
for _, batch in ipairs(renewed) do call('ZADD', K.batches, int(now + A.limits.lease_ms), batch) end
return {last and math.max(math.abs(now - last), 1) or 1, #renewed}
