-- Queues the drops of open letters again. A: ids (hex), by, lane, high_water, limits. Answers the ids that were
-- replayed. While the lane is full they wait as what is due does.
-- A letter whose inline bytes are lost stays dead; one of stage message goes back to the inbox.
local drops, done = {}, {}
local room = A.high_water - tonumber(call('HGET', K.depth, A.lane) or '0')

local function to_inbox(name, letter)
  local raw = letter.receipt and call('GET', K.body .. name)
  if not raw or #raw >= A.limits.message_raw_bytes then return false end
  call('XADD', K.inbox, '*', K.inbox_field, raw)
  forget_body(name)
  return true
end

local function to_queue(name, letter)
  if not letter.path and call('EXISTS', K.body .. name) == 0 then return false end
  local id = unhex(name)
  local e = entry(id)
  if e.state ~= 'dead' then return false end
  e.attempts, e.deaths = 0, 0
  local record = cmsgpack.pack({p = letter.path, m = letter.member, n = letter.name,
    c = letter.collection, r = letter.receipt, s = e.size, t = e.mtime})
  if #drops < room then
    put(id, e, 'queued')
    drops[#drops + 1] = {id, record}
  else
    wait(id, record, e, now)
  end
  return true
end

for _, name in ipairs(A.ids) do
  local letter = load_letter(name)
  if letter and letter.status == 'dead' then
    local requeue = letter.stage == 'message' and to_inbox or to_queue
    if requeue(name, letter) then
      close_letter(name, 'replayed', A.by)
      done[#done + 1] = name
    end
  end
end
new_batch(A.lane, drops)
write_counts()
return done
