-- Dead letters: `dead:<hex id>` holds the map that documents.DeadLetter decodes, less its bytes, which stay in
-- `body:<hex id>`. A letter is in exactly one of the zsets open and closed, after its status.

local function load_letter(name)
  local packed = call('GET', K.letter .. name)
  return packed and cmsgpack.unpack(packed)
end

-- What tells a letter's file or member wherever it lies: its bytes, or, if they weren't read to the end (a bundle, a file
-- that is too large), its size and time; and the member's name. As in gone_files.py.
local function content_of(letter)
  if not letter.path then return nil end
  local what = letter.sha256 ~= '' and letter.sha256
  if what and not letter.member then return what end
  if not what then
    if not letter.stamp or letter.stamp.mtime == 0 then return nil end
    what = int(letter.stamp.size) .. ' ' .. int(letter.stamp.mtime)
  end
  return redis.sha1hex(what .. ':' .. (letter.member or ''))
end

-- Open letters are found by what their files hold, so that one whose file lies elsewhere now can be told.
local function note_content(letter, open)
  local content = content_of(letter)
  if not content then return end
  local member = content .. ':' .. letter.id
  if open then call('ZADD', K.letters_content, 0, member) else call('ZREM', K.letters_content, member) end
end

-- was: the stage under which the letter is counted as open already.
local function save_letter(letter, was)
  -- At least the time: after the database was emptied or set back, a letter that comes back must not have a
  -- revision that its mirror has seen, or the mirror would refuse it for ever.
  letter.revision = math.max((letter.revision or 0) + 1, now)
  call('SET', K.letter .. letter.id, cmsgpack.pack(letter))
  local open = letter.status == 'dead'
  local left = call('ZREM', open and K.letters_closed or K.letters_open, letter.id)
  local came = call('ZADD', open and K.letters_open or K.letters_closed, int(letter.last_failed_ms), letter.id)
  local change = open and came or -left
  if change ~= 0 then call('HINCRBY', K.letters_stages, letter.stage, change) end
  if open and came == 0 and was and was ~= letter.stage then
    call('HINCRBY', K.letters_stages, was, -1)
    call('HINCRBY', K.letters_stages, letter.stage, 1)
  end
  call('SADD', K.letters_dirty, letter.id)
  note_content(letter, open)
end

local function delete_letter(name, stage)
  local letter = load_letter(name)
  if letter then note_content(letter, false) end
  call('UNLINK', K.letter .. name)
  if call('ZREM', K.letters_open, name) == 1 then call('HINCRBY', K.letters_stages, stage, -1) end
  call('ZREM', K.letters_closed, name)
  call('ZREM', K.letters_message, name)
  call('SREM', K.letters_dirty, name)
end

local function forget_body(name)
  call('UNLINK', K.body .. name)
  call('HDEL', K.newer, unhex(name))
end

-- The attempts of a letter: what it had, what came since, and only the last of them all.
local function join(older, newer)
  local all, kept = {}, {}
  for _, list in ipairs({older or {}, newer or {}}) do
    for _, attempt in ipairs(list) do all[#all + 1] = attempt end
  end
  for i = math.max(1, #all - A.limits.history + 1), #all do kept[#kept + 1] = all[i] end
  return kept
end

-- failure: stage, error_type, error_message, group and, where known, stack_trace, sha256, task_id, host, version
local function stamp_failure(letter, failure, attempts)
  local attempt = {at_ms = now, host = failure.host or '', stage = failure.stage, type = failure.error_type,
                   message = failure.brief or failure.error_message}
  attempts = join(attempts, {attempt})
  letter.first_failed_ms = letter.first_failed_ms or attempts[1].at_ms
  letter.attempts = join(letter.attempts, attempts)
  letter.last_failed_ms = now
  letter.status = 'dead'
  for _, name in ipairs({'stage', 'error_type', 'error_message', 'group', 'stack_trace', 'task_id', 'version'}) do
    letter[name] = failure[name] or ''
  end
  if failure.sha256 and failure.sha256 ~= '' then letter.sha256 = failure.sha256 end
  letter.changed_by, letter.changed_ms = nil, nil
end

-- Whether the letter of a drop tells of a file that was moved away from where the drop's file is now.
local function elsewhere(letter, record)
  return letter and letter.path and record.p and letter.path ~= record.p
end

-- Writes the letter of a drop; a drop that fails again adds to the letter it has.
local function write_letter(id, record, failure, e)
  local letter = load_letter(hex(id)) or {id = hex(id)}
  local was = letter.status == 'dead' and letter.stage
  -- What it told is of another file; only what its mirror has seen of it counts.
  note_content(letter, false)
  if letter.status == 'moved' or elsewhere(letter, record) then letter = {id = letter.id, revision = letter.revision} end
  letter.path, letter.member, letter.name = record.p, record.m, record.n
  letter.collection, letter.receipt = record.c, record.r
  letter.stamp = {size = e.size, mtime = e.mtime}
  stamp_failure(letter, failure, record.h)
  save_letter(letter, was)
end

-- The letter of a message that names no drop. Beyond twice the cap the oldest go unexported, because a
-- flood must not fill Redis; up to there the reconciler exports before it trims.
local function write_message_letter(item)
  local letter = load_letter(item.id) or {id = item.id}
  letter.receipt, letter.whole = item.receipt, item.whole
  stamp_failure(letter, item.failure)
  save_letter(letter)
  call('ZADD', K.letters_message, int(now), item.id)
  call('SET', K.body .. item.id, item.raw)
  local over = call('ZCARD', K.letters_message) - 2 * A.limits.message_letters
  if over > 0 then
    for _, name in ipairs(call('ZRANGE', K.letters_message, 0, math.min(over, 100) - 1)) do
      delete_letter(name, 'message')
      forget_body(name)
      call('INCR', K.letters_lost)
    end
  end
end

local function close_letter(name, status, by)
  local letter = load_letter(name)
  if not letter or letter.status ~= 'dead' then return false end
  letter.status, letter.changed_by, letter.changed_ms = status, by, now
  save_letter(letter)
  return letter
end

-- A letter whose file was moved to `failed` goes on with that file, as one of a drop of its own, when another file takes
-- the place that its drop is called by. One whose drop is being tried already needs none.
local function leave_with_its_file(letter, by)
  local own = letter.own_id or string.sub(redis.sha1hex(letter.path), 1, 32)
  local e = entry(unhex(own))
  if e.state ~= 'queued' and e.state ~= 'retrying' then
    local before, going_on = load_letter(own), {}
    if before then delete_letter(own, before.stage) end
    for field, value in pairs(letter) do going_on[field] = value end
    going_on.id, going_on.own_id, going_on.revision = own, nil, before and before.revision
    save_letter(going_on)
    e.size, e.mtime, e.document = letter.stamp.size, letter.stamp.mtime, NO_DOCUMENT
    e.attempts, e.deaths = #letter.attempts, 0
    put(unhex(own), e, 'dead')
  end
  letter.status, letter.changed_by, letter.changed_ms = 'moved', by, now
  save_letter(letter)
end

-- The drop of an open letter is to be tried as `record` (packed) says: the letter's own file again, or another one in its place.
local function give_way(id, record, by)
  local letter = load_letter(hex(id))
  if not letter or letter.status ~= 'dead' then return end
  if elsewhere(letter, cmsgpack.unpack(record)) then
    leave_with_its_file(letter, by)
  else
    close_letter(hex(id), 'replayed', by)
  end
end

-- What became of a letter's drop; a letter of stage message has none.
local function put_drop(letter, state)
  if letter.stage ~= 'message' then put(unhex(letter.id), entry(unhex(letter.id)), state) end
  forget_body(letter.id)
end
