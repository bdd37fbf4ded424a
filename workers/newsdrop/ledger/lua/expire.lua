-- The process that held this batch under this token is known to be dead. A: batch, run, current
local key = K.batch .. A.batch
local fields = call('HMGET', key, '@run', '@cur')
if not fields[1] or fields[1] == '' or fields[1] ~= A.run then return 0 end
-- Whoever died at the gate had no file in hand, whatever else was noted.
if fields[2] ~= '-' and A.current ~= '' and call('HEXISTS', key, A.current) == 1 then
  call('HSET', key, '@cur', A.current)
end
call('ZADD', K.batches, 'XX', int(now), A.batch)
return 1
