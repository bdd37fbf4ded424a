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

-- A file that lies in `failed` is tried there, as the drop of that path; the one that it failed as is gone. Otherwise
-- it would be two as soon as it is read again by its path. Answers the letter to go on with, or nothing where the
-- drop of that path is being tried already.
local function go_on_where_it_lies(name, letter)
  local e = entry(unhex(name))
  if not letter.own_id or e.state ~= 'dead' then return name, letter end
  local own = letter.own_id
  leave_with_its_file(letter, A.by)
  is_here(e, NO_DOCUMENT)
  put(unhex(name), e, 'gone')
  return own, load_letter(own)
end

for _, asked in ipairs(A.ids) do
  local name, letter = asked, load_letter(asked)
  if letter and letter.status == 'dead' then
    name, letter = go_on_where_it_lies(name, letter)
  end
  if name ~= asked and (not letter or letter.status ~= 'dead') then
    done[#done + 1] = asked
  elseif letter and letter.status == 'dead' then
    local requeue = letter.stage == 'message' and to_inbox or to_queue
    local reason = requeue(name, letter)
    if reason then
      left[#left + 1] = reason
    else
      close_letter(name, 'replayed', A.by)
      done[#done + 1] = asked
    end
  end
end
new_batch(A.lane, drops)
write_counts()
return {done, left}
