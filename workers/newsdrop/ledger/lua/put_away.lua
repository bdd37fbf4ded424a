-- These files are about to be moved or deleted by newsdrop itself, or were, or (back) are still where they were.
-- A: drops, a list of {id, size, mtime}; back
-- Answers 1 for each whose entry still tells of that file and of its fate, else 0. It is noted first: what a crash leaves
-- is a note about a file that is still there, never a file that is gone and seems to have been taken away.
local PUT_AWAY_STATES = {indexed = true, superseded = true, expanded = true, dead = true}
local answer = {}
for i, drop in ipairs(A.drops) do
  local e = entry(drop[1])
  local its_own = PUT_AWAY_STATES[e.state] and e.size == drop[2] and e.mtime == drop[3]
  if its_own and e.away == A.back then
    e.away = not A.back
    write(drop[1], e, e.time_s)
  end
  answer[i] = its_own and 1 or 0
end
write_counts()
return answer
