-- A drop with a `!` in its path had another id once (identity.py), which it shared with a member of some bundle.

-- What is known under the earlier id, and settled, goes on under the drop's own. A bundle is listed again, for the sake of
-- its members' ids; so is one that is dead, since the rest of its members may be drops.
local function go_on_as(id, earlier, e)
  local letter = e.state == 'dead' and load_letter(hex(earlier))
  if letter and letter.error_type == 'BundleError' then
    close_letter(hex(earlier), 'replayed', 'newsdrop')
  elseif letter then
    letter.own_id = hex(id)
    leave_with_its_file(letter, 'newsdrop')
  elseif e.state ~= 'dead' and e.state ~= 'expanded' then
    call('HSET', K.ledger, id, call('HGET', K.ledger, earlier))
    moved[e.state] = (moved[e.state] or 0) + 1
    if e.away then moved.put_away = (moved.put_away or 0) + 1 end
  end
  erase(earlier, e)
end

local function is_waiting(e) return e.state == 'queued' or e.state == 'retrying' end

-- What is known under the earlier id is the drop's own if size and time are. Answers whether it is still being worked on:
-- whoever offers the drop again finds it settled.
local function take_over(id, earlier, size, mtime)
  local e = earlier and entry(earlier)
  if not e or not e.state or e.size ~= size or e.mtime ~= mtime or entry(id).state then return false end
  if is_waiting(e) then return true end
  go_on_as(id, earlier, e)
  return false
end

-- A worker was given the drop under its earlier id, and has settled it.
local function settled_as(id, earlier)
  local e = entry(earlier)
  if is_waiting(e) then return end
  if entry(id).state then
    close_letter(hex(earlier), 'moved', 'newsdrop')
    erase(earlier, e)
  else
    go_on_as(id, earlier, e)
  end
end
