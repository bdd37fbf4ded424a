-- The crash loop: many deaths anywhere without one finish mean that not the files are to blame but what
-- they all go through. Then work stops for a minute, and after it one worker tries one batch.

local function in_crash_loop()
  return tonumber(call('GET', K.crash_loop) or '0') >= A.limits.crash_loop_deaths
end

local function close_for_crash_loop(ms)
  local gate = {service = 'worker', closed_ms = now, reason = 'Worker processes died ' .. (call('GET', K.crash_loop) or '0') ..
    ' times and not one batch was finished in between, so the fault is hardly with the files. ' ..
    'One worker tries one batch each minute; look into the workers\' logs and memory.'}
  call('SET', K.gate, cmsgpack.pack(gate), 'PX', int(ms))
end

local function count_death()
  call('INCR', K.crash_loop)
  -- Deaths that are far apart are no loop, even if nothing was finished in between.
  call('PEXPIRE', K.crash_loop, int(10 * A.limits.lease_ms))
  if in_crash_loop() then close_for_crash_loop(A.limits.crash_loop_gate_ms) end
end

local function leave_crash_loop()
  if call('DEL', K.crash_loop) == 0 then return end
  call('DEL', K.crash_loop_trial)
  local gate = call('GET', K.gate)
  if gate and cmsgpack.unpack(gate).service == 'worker' then call('DEL', K.gate) end
end
