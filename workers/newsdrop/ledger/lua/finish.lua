-- What became of a batch's drops. A: batch, run, yield, outcomes, meters, limits
-- An outcome: id, kind (a settled state, retry or dead), inline; where something was read size, mtime; where the
-- index has it document; for retry after_ms, and spent where it costs an attempt; for retry and dead failure; for indexed drops with a path record, and
-- lowered where a file now tells an earlier time of its article; for a drop under an id of an earlier version its own.

-- A worker that slept through its lease may have written an older text over a newer one, or an article whose
-- file has been taken away since: look again. If somebody else has the drop, once that one is done: it may have
-- written before.
local function repair(o)
  local e = entry(o.id)
  if o.kind ~= 'indexed' or not o.record then return end
  if e.size == o.size and e.mtime == o.mtime and not is_forgotten(o.document) then return end
  if e.state == 'queued' then
    call('HSET', K.again, o.id, o.document)
  elseif e.state == 'indexed' or e.state == 'removed' or e.state == 'gone' or e.state == 'forgotten' then
    e.attempts, e.document = 0, o.document
    wait(o.id, o.record, e, now)
  end
end

local some_again = call('EXISTS', K.again) == 1

-- The document that a sleeper wrote of the drop since it was queued, if one did.
local function written_by_a_sleeper(id)
  local document = some_again and call('HGET', K.again, id)
  if document then call('HDEL', K.again, id) end
  return document
end

local function changed_meanwhile(o, e, record)
  -- Whoever sent it last saw no file either.
  if (o.kind == 'gone' or o.kind == 'removed') and e.size == 0 and e.mtime == 0 then return false end
  if o.size then return e.size ~= o.size or e.mtime ~= o.mtime end
  return e.size ~= record.s or e.mtime ~= record.t
end

-- What was read becomes the ledger's word, else the ledger's becomes the record's; so a second look ends it.
local function look_again(o, e, record)
  if o.size then e.size, e.mtime = o.size, o.mtime end
  record.s, record.t, record.h = e.size, e.mtime, nil
  -- As in intake.lua; with another time, all members look changed anyway.
  if record.p then record.w = true end
  e.attempts = 0
  wait(o.id, cmsgpack.pack(record), e, now)
end

-- One that isn't spent may come every minute for days: of several in a row that say the same, the last is kept.
local function remember_attempt(record, failure, spent)
  local last = record.h and record.h[#record.h]
  if not spent and last and last.type == failure.error_type and last.message == failure.brief then
    last.at_ms, last.host = now, failure.host
    return
  end
  record.h = join(record.h, {{at_ms = now, host = failure.host, stage = failure.stage,
                              type = failure.error_type, message = failure.brief}})
end

local some_removed = call('EXISTS', K.removed) == 1

-- An article that a file no longer brings may be gone with it, and another file have brought the same one: that is
-- read once more by the next scan, unless it is in the index again before: *superseded* says so, too, since it means
-- that another file's document is there.
local function is_back(o) return o.kind == 'indexed' or o.kind == 'superseded' end

-- Taken out for good while a worker was writing it: the next look takes it out of the index.
local function forgotten_meanwhile(o)
  return o.kind == 'indexed' and is_forgotten(o.document)
end

local function note_document(o, before, e)
  if before ~= NO_DOCUMENT and before ~= e.document then
    call('ZADD', K.removed, int(now), before)
    some_removed = true
  end
  if some_removed and o.document and is_back(o) then call('ZREM', K.removed, o.document) end
  -- What was older than the article's former time may be newer than its present one: the next scan asks.
  if o.lowered then
    call('ZADD', K.removed, int(now), o.document)
    call('ZADD', K.lowered, int(now), o.document)
    some_removed = true
  end
end

local function settle(o, packed)
  local e, record = entry(o.id), cmsgpack.unpack(packed)
  local newer = take_newer(o.id, record)
  record = newer or record
  local before = e.document
  e.deaths = 0
  if o.document then is_here(e, o.document) end
  -- The articles are its members'; one that a page in its place brought before may be another file's now.
  if o.kind == 'expanded' then is_here(e, NO_DOCUMENT) end
  if o.kind == 'removed' then e.document = NO_DOCUMENT end
  note_document(o, before, e)
  local written = written_by_a_sleeper(o.id)
  if written then
    e.document = written
    look_again(o, e, record)
  elseif newer or changed_meanwhile(o, e, record) then
    look_again(o, e, record)
  elseif forgotten_meanwhile(o) then
    look_again(o, e, record)
  elseif o.kind == 'retry' then
    if o.spent then e.attempts = e.attempts + 1 end
    remember_attempt(record, o.failure, o.spent)
    wait(o.id, cmsgpack.pack(record), e, now + o.after_ms)
  elseif o.kind == 'dead' then
    e.attempts = e.attempts + 1
    put(o.id, e, 'dead')
    write_letter(o.id, record, o.failure, e)
  else
    e.attempts = 0
    put(o.id, e, o.kind)
    if o.inline then forget_body(hex(o.id)) end
  end
end

local key = K.batch .. A.batch
if call('HGET', key, '@run') ~= A.run then
  for _, o in ipairs(A.outcomes) do repair(o) end
  write_counts()
  return 0
end
local lane, settled = call('HGET', key, '@lane'), 0
for _, o in ipairs(A.outcomes) do
  local packed = call('HGET', key, o.id)
  if packed then
    leave(A.batch, lane, o.id)
    settle(o, packed)
    if o.own then settled_as(o.own, o.id) end
    settled = settled + 1
  end
end
write_counts()
count_meters()
if settled > 0 then leave_crash_loop() end
if not close_if_empty(A.batch) and A.yield then publish(A.batch, lane) end
return 1
