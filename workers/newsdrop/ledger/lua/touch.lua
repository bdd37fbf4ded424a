-- Names the drop at hand and renews the lease. A: batch, run, current, lease_ms
local key = K.batch .. A.batch
if call('HGET', key, '@run') ~= A.run then return 0 end
call('HSET', key, '@cur', A.current)
call('ZADD', K.batches, int(now + A.lease_ms), A.batch)
return 1
