-- One reconciler's turn. A: throttle_ms, gap_ms, count, step, limits
-- Answers {-1} (another one was here just now), {gap ms, number of leases renewed} or {0, lapsed batch …}
local last = tonumber(call('GET', K.tick) or '')
if last and now >= last and now - last < A.throttle_ms then return {-1} end
call('SET', K.tick, int(now))
-- Long enough for every watcher's next scan.
local REMOVED_MS, REMOVED_MOST = 86400000, 100000
call('ZREMRANGEBYSCORE', K.removed, '-inf', int(now - REMOVED_MS))
call('ZREMRANGEBYRANK', K.removed, 0, -REMOVED_MOST - 1)
-- The clock was set back: what waits for a time would wait by so much longer. A million retries take many turns;
-- one that was made meanwhile may come a little early.
if last and now < last then call('SET', K.tick_back, int(last) .. ' ' .. int(last - now)) end
local was, by = string.match(call('GET', K.tick_back) or '', '^(%d+) (%d+)$')
if was then
  local late = now < tonumber(was) and call('ZRANGEBYSCORE', K.due, was, '+inf', 'WITHSCORES', 'LIMIT', 0, A.step) or {}
  for i = 1, #late, 2 do call('ZADD', K.due, int(tonumber(late[i + 1]) - by), late[i]) end
  if #late == 0 then call('DEL', K.tick_back) end
end
local deadline = int(now)
if last and math.abs(now - last) <= A.gap_ms then
  local reply = {0}
  for _, batch in ipairs(call('ZRANGEBYSCORE', K.batches, '-inf', deadline, 'LIMIT', 0, A.count)) do
    reply[#reply + 1] = batch
  end
  return reply
end
if last and now < last then
  local waiting = call('ZRANGE', K.batches, 0, -1, 'WITHSCORES')
  for i = 1, #waiting, 2 do
    call('ZADD', K.batches, int(tonumber(waiting[i + 1]) - (last - now)), waiting[i])
  end
end
-- Nobody looked for longer than a lease (Redis was down, the laptop slept): those who hold a batch may be alive
-- and had no chance to say so.
local renewed = call('ZRANGEBYSCORE', K.batches, '-inf', deadline)
for _, batch in ipairs(renewed) do call('ZADD', K.batches, int(now + A.limits.lease_ms), batch) end
return {last and math.max(math.abs(now - last), 1) or 1, #renewed}
