-- The crash storm: many charges anywhere without one finish mean that not the files are to blame but what
-- they all go through. Then work stops for a minute, and after it one worker tries one batch.

local function storm_is_on()
  return tonumber(call('GET', K.storm) or '0') >= A.limits.storm_charges
end

local function close_for_storm(ms)
  local gate = {service = 'worker', closed_ms = now, reason = 'Worker processes died ' .. (call('GET', K.storm) or '0') ..
    ' times and not one batch was finished in between, so the fault is hardly with the files. ' ..
    'One worker tries one batch each minute; look into the workers\' logs and memory.'}
  call('SET', K.gate, cmsgpack.pack(gate), 'PX', int(ms))
end

local function count_charge()
  call('INCR', K.storm)
  -- Deaths that are far apart are no storm, even if nothing was finished in between.
  call('PEXPIRE', K.storm, int(10 * A.limits.lease_ms))
  if storm_is_on() then close_for_storm(A.limits.storm_gate_ms) end
end

local function calm_storm()
  if call('DEL', K.storm) == 0 then return end
  call('DEL', K.storm_trial)
  local gate = call('GET', K.gate)
  if gate and cmsgpack.unpack(gate).service == 'worker' then call('DEL', K.gate) end
end
