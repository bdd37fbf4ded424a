-- Shared by enqueue and take: drops come into the ledger. Each:
-- {id, size, mtime, record, body|false, receipt|false, document|false, earlier id|false}

local tally = {queued = 0, changed = 0, skipped = 0}

local some_removed, some_lowered = call('EXISTS', K.removed) == 1, call('EXISTS', K.lowered) == 1

-- The article that the drop brought, or that was newer than its own, went with another file; or it tells an earlier
-- time since that file was corrected.
local function lost_its_article(e)
  if e.state ~= 'indexed' and e.state ~= 'superseded' then return false end
  return some_removed and call('ZSCORE', K.removed, e.document) ~= false
    or some_lowered and call('ZSCORE', K.lowered, e.document) ~= false
end

-- The article was taken out for good and is allowed again (recall.lua), though nobody may have told this drop so far.
local function is_allowed_again(e)
  if e.state == 'removed' then return e.document ~= NO_DOCUMENT end
  return e.state == 'forgotten' and not is_forgotten(e.document)
end

-- For a repair. A.repair: held (ids that were in a batch when the caller looked through all of them) and since (how many
-- batches had been made before that). Only new_batch brings a drop into a batch, so those made since are what is left
-- to look into, however many there are in all.
local function in_batch(id)
  for _, held in ipairs(A.repair.held) do
    if held == id then return true end
  end
  local head = K.batch .. string.sub(born(), -8) .. '-'
  for made = A.repair.since + 1, tonumber(call('GET', K.ids) or '0') do
    if call('HEXISTS', head .. int(made), id) == 1 then return true end
  end
  return false
end

local function note_receipt(drop)
  if drop[6] then call('SET', K.receipt .. drop[6], hex(drop[1]), 'EX', A.limits.receipt_ttl_s) end
end

-- A bundle that got another length under its old time: its members may have been rewritten and look as before.
local function as_rewritten(packed)
  local record = cmsgpack.unpack(packed)
  record.w = true
  return cmsgpack.pack(record)
end

local function admit(drop, fresh)
  local id, record, body = drop[1], drop[4], drop[5]
  note_receipt(drop)
  if take_over(id, drop[8], drop[2], drop[3]) then
    tally.skipped = tally.skipped + 1
    return
  end
  local e = entry(id)
  local changed = e.size ~= drop[2] or e.mtime ~= drop[3]
  local stray = A.repair and e.state == 'queued' and not in_batch(id)
  local live = (e.state == 'queued' or e.state == 'retrying') and not stray
  local again = A.force and e.state ~= 'queued' or stray or lost_its_article(e) or is_allowed_again(e)
  -- Whoever compared the index with the folder may know what the ledger lost or never heard of: a worker that died
  -- after its bulk told nobody.
  local newly_known = drop[7] and (e.document == NO_DOCUMENT or A.force and not live)
  if newly_known then e.document = drop[7] end
  if e.state and e.state ~= 'gone' and not changed and not again then
    if newly_known and e.state == 'queued' then put(id, e, 'queued') end
    tally.skipped = tally.skipped + 1
    return
  end
  if e.state and changed and not body and e.mtime == drop[3] then record = as_rewritten(record) end
  e.size, e.mtime = drop[2], drop[3]
  if body then call('SET', K.body .. hex(id), body) end
  if body then call('HDEL', K.newer, id) end
  if e.state == 'queued' and not stray then
    put(id, e, 'queued')
    -- Its bytes are found by its id; what it is called is in the batch that it is in.
    if body then call('HSET', K.newer, id, record) end
  else
    if e.state == 'dead' then give_way(id, record, 'enqueue') end
    e.attempts = 0
    if live then
      wait(id, record, e, now)
    else
      e.deaths = 0
      put(id, e, 'queued')
      fresh[#fresh + 1] = {id, record}
    end
  end
  local kind = live and 'changed' or 'queued'
  tally[kind] = tally[kind] + 1
end
