-- A batch whose deadline is over. A: batch, lost (texts of the letter), suspects (a lane), limits
-- Answers {what was done, run, hex id of the drop blamed or '', drops in the batch, 1 if that death was the last it may have}
local key, lapsed = K.batch .. A.batch, call('ZSCORE', K.batches, A.batch)
-- Looked at again here, because two reconcilers may have seen the same deadline.
if not lapsed or tonumber(lapsed) > now then return {'early', '', '', 0, 0} end
local fields = call('HMGET', key, '@run', '@cur', '@seq', '@lane', '@who')
local run, current, seq, lane, who = fields[1], fields[2], fields[3], fields[4], fields[5]
if not run then
  call('ZREM', K.batches, A.batch)
  return {'missing', '', '', 0, 0}
end

-- Its message may still wait its turn; publishing at every deadline would flood the list while no worker is up.
local function unstarted()
  local passed = tonumber(call('GET', K.passed .. lane) or '0')
  if tonumber(seq) < passed or call('LLEN', K.queue .. lane) == 0 then
    publish(A.batch, lane)
    return 'published'
  end
  call('ZADD', K.batches, int(now + A.limits.grace_ms), A.batch)
  return 'extended'
end

local function count_against(id, packed)
  local e, record = entry(id), cmsgpack.unpack(packed)
  local failure = {stage = 'worker', error_type = A.lost.error_type, error_message = A.lost.message,
                   brief = A.lost.message, group = A.lost.group, version = A.lost.version,
                   host = string.match(who, '^[^\n]*'), task_id = string.match(who, '[^\n]*$')}
  -- A drop that was blamed before and dies alone says nothing new about the others.
  if e.deaths == 0 or in_crash_loop() then count_death() end
  e.deaths = e.deaths + 1
  leave(A.batch, lane, id)
  if e.deaths >= A.limits.max_deaths then
    put(id, e, 'dead')
    write_letter(id, record, failure, e)
    return 1
  end
  record.h = join(record.h, {{at_ms = now, host = failure.host, stage = 'worker', type = failure.error_type,
                              message = failure.error_message}})
  put(id, e, 'queued')
  -- What may kill the next worker, too, lets everything else pass first.
  new_batch(A.suspects, {{id, cmsgpack.pack(record)}})
  return 0
end

-- Each of the drops that are left goes alone, so that the next death names its drop and no neighbour waits for it.
local function split(drops)
  for _, drop in ipairs(drops) do
    if call('HEXISTS', key, drop[1]) == 1 then
      leave(A.batch, lane, drop[1])
      new_batch(lane, {drop})
    end
  end
  close_if_empty(A.batch)
end

-- After one death the rest goes on together: most often one file was to blame. After a second one in the same
-- batch there may be more of its kind, and together they would never come to an end.
local function go_on(drops)
  if close_if_empty(A.batch) then return end
  if call('SET', K.died .. A.batch, '1', 'NX', 'PX', int(10 * A.limits.lease_ms)) then
    publish(A.batch, lane)
  else
    split(drops)
  end
end

if run == '' then return {unstarted(), '', '', call('HLEN', key) - BATCH_FIELDS, 0} end
local drops = members(A.batch)
if current == '-' then -- it stood at the gate: nobody's fault
  publish(A.batch, lane)
  return {'waiting', run, '', #drops, 0}
end
if #drops == 1 then current = drops[1][1] end
local packed = current ~= '' and call('HGET', key, current)
if packed then
  local last = count_against(current, packed)
  go_on(drops)
  write_counts()
  return {'charged', run, hex(current), #drops, last}
end
-- Killed in the bulk, or where nobody noted the drop in hand.
split(drops)
return {'split', run, '', #drops, 0}
