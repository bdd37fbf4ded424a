-- What became of drops that went no way through the queue. A: outcomes (as for finish, each with its record), limits
born()
local recorded = 0

local function record_outcome(o, e)
  local record = cmsgpack.unpack(o.record)
  local before = e.state
  e.attempts, e.deaths = 0, 0
  e.size, e.mtime = o.size or record.s, o.mtime or record.t
  if o.document then is_here(e, o.document) end
  if o.kind == 'dead' then
    e.attempts = 1
    put(o.id, e, 'dead')
    write_letter(o.id, record, o.failure, e)
  elseif o.kind == 'indexed' and is_forgotten(o.document) then
    -- Taken out for good meanwhile: a worker looks again, and takes it out of the index.
    if before == 'dead' then close_letter(hex(o.id), 'replayed', 'ingest') end
    wait(o.id, o.record, e, now)
  else
    if before == 'dead' then close_letter(hex(o.id), 'replayed', 'ingest') end
    put(o.id, e, o.kind)
  end
end

for _, o in ipairs(A.outcomes) do
  local e = entry(o.id)
  -- What is queued or retrying is its worker's business; that it is done twice is harmless.
  if e.state ~= 'queued' and e.state ~= 'retrying' then
    record_outcome(o, e)
    recorded = recorded + 1
  end
end
write_counts()
return recorded
