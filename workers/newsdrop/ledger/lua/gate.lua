-- The gate. A: action (close, open, probe), and for close: service, reason, ttl_ms; for open: service or ''
if A.action == 'close' then
  local gate = {service = A.service, reason = A.reason, closed_ms = now}
  local old = call('GET', K.gate)
  old = old and cmsgpack.unpack(old)
  if old and old.service == A.service then gate.closed_ms = old.closed_ms end
  call('SET', K.gate, cmsgpack.pack(gate), 'PX', int(A.ttl_ms))
  return old and 0 or 1
end
local old = call('GET', K.gate)
local service = old and cmsgpack.unpack(old).service
if A.action == 'probe' then
  -- There is nobody to ping when workers die: a crash loop is over when a batch is finished.
  if service == 'worker' then return 0 end
  return call('SET', K.gate_probe, '1', 'NX', 'PX', int(A.ttl_ms)) and 1 or 0
end
if not service or (A.service ~= service and (A.service ~= '' or service == 'worker')) then return 0 end
-- The turn to ask stays taken: a service that answers but takes nothing is asked again only after a pause, and the
-- gate stays closed for so long.
call('DEL', K.gate)
return 1
