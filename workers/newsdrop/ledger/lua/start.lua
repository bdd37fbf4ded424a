-- A worker takes a batch. A: batch, run, who, limits. Answers nothing, or
-- {trial 0|1, then for each drop: id, packed record, ledger entry, body|nil}
local key = K.batch .. A.batch
local run = call('HGET', key, '@run')
-- The same token again: our client lost the first answer and asked once more.
if run ~= '' and run ~= A.run then return {} end
local fields = call('HMGET', key, '@lane', '@seq')
local passed = K.passed .. fields[1]
if tonumber(fields[2]) > tonumber(call('GET', passed) or '0') then call('SET', passed, fields[2]) end
call('HSET', key, '@run', A.run, '@cur', '', '@who', A.who, '@at', int(now))
call('ZADD', K.batches, int(now + A.limits.lease_ms), A.batch)

local trial = 0
if in_crash_loop() and call('EXISTS', K.gate) == 0 then
  if call('SET', K.crash_loop_trial, A.run, 'NX', 'PX', int(A.limits.lease_ms)) then
    trial = 1
  else
    close_for_crash_loop(math.max(call('PTTL', K.crash_loop_trial), 1000))
  end
end

local reply = {trial}
for _, drop in ipairs(members(A.batch)) do
  local record = cmsgpack.unpack(drop[2])
  local newer = take_newer(drop[1], record)
  if newer then
    drop[2] = cmsgpack.pack(newer)
    call('HSET', key, drop[1], drop[2])
  end
  reply[#reply + 1] = drop[1]
  reply[#reply + 1] = drop[2]
  reply[#reply + 1] = call('HGET', K.ledger, drop[1])
  reply[#reply + 1] = not record.p and call('GET', K.body .. hex(drop[1]))
end
return reply
