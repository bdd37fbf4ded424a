-- Queues the drops of open letters again. A: ids (hex), by, lane, high_water, limits. Answers the ids that were replayed,
-- and for each letter that stays dead the reason (deadletters.py). While the lane is full they wait as what is due does.
-- A letter of stage message goes back to the inbox.
local drops, done, left = {}, {}, {}
local room = A.high_water - tonumber(call('HGET', K.depth, A.lane) or '0')

local function to_inbox(name, letter)
  if not letter.receipt then return 'no receipt' end
  local raw = call('GET', K.body .. name)
  if not raw then return 'lost' end
  -- Earlier versions cut all of them, and didn't say so.
  if not letter.whole and #raw >= A.limits.message_raw_bytes then return 'cut' end
  call('XADD', K.inbox, '*', K.inbox_field, raw)
  forget_body(name)
end

local function to_queue(name, letter)
  if not letter.path and call('EXISTS', K.body .. name) == 0 then return 'lost' end
  local id = unhex(name)
  local e = entry(id)
  if e.state ~= 'dead' then return 'not dead' end
  e.attempts, e.deaths = 0, 0
  local record = cmsgpack.pack({p = letter.path, m = letter.member, n = letter.name,
    c = letter.collection, r = letter.receipt, s = e.size, t = e.mtime})
  if #drops < room then
    put(id, e, 'queued')
    drops[#drops + 1] = {id, record}
  else
    wait(id, record, e, now)
  end
end

for _, name in ipairs(A.ids) do
  local letter = load_letter(name)
  if letter and letter.status == 'dead' then
    local requeue = letter.stage == 'message' and to_inbox or to_queue
    local reason = requeue(name, letter)
    if reason then
      left[#left + 1] = reason
    else
      close_letter(name, 'replayed', A.by)
      done[#done + 1] = name
    end
  end
end
new_batch(A.lane, drops)
write_counts()
return {done, left}
