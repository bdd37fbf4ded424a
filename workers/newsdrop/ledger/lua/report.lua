-- A process says how it is. A: kind, name, values (JSON text), ttl_ms
call('HSET', K.report .. A.kind, A.name, int(now + A.ttl_ms) .. ' ' .. A.values)
return 1
