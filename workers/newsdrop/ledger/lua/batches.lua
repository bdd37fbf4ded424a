-- Batch records, their deadlines and their messages, which are only ever written together.
-- Fields of a record: the 16-byte ids of its drops, and these six:
local BATCH_FIELDS = 6 -- @lane @run @cur @seq @at @who
-- In ms: limits.lease_ms, limits.grace_ms.

local function born()
  local value = call('GET', K.born)
  if not value then
    local time = call('TIME')
    value = int(now) .. '-' .. string.sub(redis.sha1hex(time[1] .. '.' .. time[2]), 1, 8)
    call('SET', K.born, value)
  end
  return value
end

-- The smallest message Celery's Redis transport takes; batch ids and lanes need no escaping.
local function message(batch, seq, lane)
  local tag = batch .. ':' .. seq
  return '{"body":"[[\\"' .. batch .. '\\",' .. seq .. '],{},{}]","content-type":"application/json",' ..
    '"content-encoding":"utf-8","headers":{"task":"' .. K.task .. '","id":"' .. tag .. '"},' ..
    '"properties":{"delivery_tag":"' .. tag .. '","delivery_info":{"exchange":"","routing_key":"' ..
    lane .. '"}}}'
end

local function await_start(batch, seq)
  call('HSET', K.batch .. batch, '@run', '', '@cur', '', '@who', '', '@seq', seq, '@at', int(now))
  call('ZADD', K.batches, int(now + A.limits.grace_ms), batch)
end

local function publish(batch, lane)
  local seq = int(call('INCR', K.seq .. lane))
  await_start(batch, seq)
  call('LPUSH', K.queue .. lane, message(batch, seq, lane))
end

-- drops: a list of {id, packed record}. quiet: whoever makes it starts it at once, so that no message is needed;
-- should that one die before, the reconciler publishes it when its grace is over.
local function new_batch(lane, drops, quiet)
  if #drops == 0 then return false end
  -- Ids carry a part of `born`, so that no id comes again after the database was emptied.
  local batch = string.sub(born(), -8) .. '-' .. int(call('INCR', K.ids))
  local fields = {'@lane', lane}
  for _, drop in ipairs(drops) do
    fields[#fields + 1] = drop[1]
    fields[#fields + 1] = drop[2]
  end
  call('HSET', K.batch .. batch, unpack(fields))
  call('HINCRBY', K.depth, lane, #drops)
  if quiet then await_start(batch, 0) else publish(batch, lane) end
  return batch
end

-- What an inline drop was last sent as, if that came while it was in the batch of `record`; else nothing.
local function take_newer(id, record)
  local packed = not record.p and call('HGET', K.newer, id)
  if not packed then return nil end
  call('HDEL', K.newer, id)
  local newer = cmsgpack.unpack(packed)
  newer.h = record.h
  return newer
end

local function members(batch)
  local all, drops = call('HGETALL', K.batch .. batch), {}
  for i = 1, #all, 2 do
    if #all[i] == 16 then drops[#drops + 1] = {all[i], all[i + 1]} end
  end
  return drops
end

-- Takes one drop out of a record; the caller then calls close_if_empty.
local function leave(batch, lane, id)
  call('HDEL', K.batch .. batch, id)
  call('HINCRBY', K.depth, lane, -1)
end

local function close_if_empty(batch)
  if call('HLEN', K.batch .. batch) > BATCH_FIELDS then return false end
  call('DEL', K.batch .. batch)
  call('ZREM', K.batches, batch)
  return true
end

-- Makes a drop wait for its due time. `record` is packed.
local function wait(id, record, e, due_ms)
  put(id, e, 'retrying')
  if now > tonumber(call('GET', K.waited_at) or '0') then call('SET', K.waited_at, int(now)) end
  call('ZADD', K.due, int(due_ms), id)
  call('HSET', K.retries, id, record)
end

local function stop_waiting(id)
  call('ZREM', K.due, id)
  call('HDEL', K.retries, id)
end
