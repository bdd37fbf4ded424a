-- One reconciler's turn. A: throttle_ms, gap_ms, count, step, limits. Each turn takes at most `step` of anything.
-- Answers {-1} (another one was here just now), {gap ms, leases renewed, 1 if there are more} or {0, lapsed batch …}
local last, renewing = tonumber(call('GET', K.tick) or ''), call('GET', K.tick_gap)
if not renewing and last and now >= last and now - last < A.throttle_ms then return {-1} end
local seen = math.max(last or 0, tonumber(call('GET', K.waited_at) or '0'))
call('SET', K.tick, int(now))
call('DEL', K.waited_at)
local gap = not last and 1 or math.abs(now - last)

-- An empty stream, with the lowest id: without a key there, a list or a string would be accepted from a producer that sends by
-- another command than XADD, and stand in the way of all others.
if call('EXISTS', K.inbox) == 0 then
  call('XADD', K.inbox, '0-1', K.inbox_field, '')
  call('XDEL', K.inbox, '0-1')
end

-- Until every watcher has had its scans, and so much longer after a time in which there were none: Redis was down, the
-- laptop slept, the clock was set ahead.
local REMOVED_MS, REMOVED_MOST = 7 * 86400000, 100000
if last and now - last > A.gap_ms then call('SET', K.removed_kept, int(now + REMOVED_MS)) end
local forgets = now >= tonumber(call('GET', K.removed_kept) or '0')
for _, key in ipairs({K.removed, K.lowered, K.recalled}) do
  if forgets then call('ZREMRANGEBYSCORE', key, '-inf', int(now - REMOVED_MS)) end
  call('ZREMRANGEBYRANK', key, 0, -REMOVED_MOST - 1)
end

-- The clock was set back: what waits for a time would wait by so much longer, and so would what the server lets expire.
-- As little as a gap is waited for.
local back = seen - now > A.gap_ms and seen - now or 0
if back > 0 then
  -- Not only what is due after the last turn: it may have been set back before, too, and nobody have looked between.
  call('SET', K.tick_back, int(now) .. ' ' .. int(back))
  for _, key in ipairs({K.gate, K.gate_probe, K.crash_loop_trial, K.notice_turn}) do
    local left = call('PTTL', key)
    if left > back then call('PEXPIRE', key, int(left - back)) end
  end
end

-- A million retries take many turns, from the earliest on: what was moved is behind `from`, and isn't met again. A retry
-- that was made meanwhile may come a little early. What a worker holds has a deadline no further ahead than `latest`.
local function bring_forward(from, by)
  local late = call('ZRANGEBYSCORE', K.due, from, '+inf', 'WITHSCORES', 'LIMIT', 0, A.step)
  for i = 1, #late, 2 do call('ZADD', K.due, int(tonumber(late[i + 1]) - by), late[i]) end
  local latest = int(now + math.max(A.limits.lease_ms, A.limits.request_ms, A.limits.grace_ms))
  local held = call('ZRANGEBYSCORE', K.batches, '(' .. latest, '+inf', 'LIMIT', 0, A.step)
  for _, batch in ipairs(held) do call('ZADD', K.batches, latest, batch) end
  if #late < 2 * A.step and #held < A.step then
    call('DEL', K.tick_back)
  else
    call('SET', K.tick_back, int(tonumber(late[#late] or from)) .. ' ' .. by)
  end
end

-- Before the first turn, a batch that was made tells nothing of the clock; but no deadline is further ahead than `latest`.
if not last and back == 0 then call('SET', K.tick_back, '9007199254740992 0') end

local from, by = string.match(call('GET', K.tick_back) or '', '^(%d+) (%d+)$')
if from then bring_forward(from, by) end

-- Nobody looked for longer than a lease: those who hold a batch may be alive and had no chance to say so.
if not last or gap > A.gap_ms then
  renewing = int(now)
  call('SET', K.tick_gap, renewing)
end
if renewing then
  local renewed = call('ZRANGEBYSCORE', K.batches, '-inf', renewing, 'LIMIT', 0, A.step)
  for _, batch in ipairs(renewed) do call('ZADD', K.batches, int(now + A.limits.lease_ms), batch) end
  local more = #renewed == A.step and 1 or 0
  if more == 0 then call('DEL', K.tick_gap) end
  return {math.max(gap, 1), #renewed, more}
end
local reply = {0}
for _, batch in ipairs(call('ZRANGEBYSCORE', K.batches, '-inf', int(now), 'LIMIT', 0, A.count)) do
  reply[#reply + 1] = batch
end
return reply
