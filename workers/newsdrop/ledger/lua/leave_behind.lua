-- Files that are no longer where they were, and whose articles are another path's now. A: drops, a list of
-- {id, document}, or {id, false} for a bundle. What newsdrop put away itself was not moved by anybody else.
local done = 0
for _, drop in ipairs(A.drops) do
  local e = entry(drop[1])
  local its_own = e.state == 'expanded'
  if drop[2] then its_own = (e.state == 'indexed' or e.state == 'superseded') and e.document == drop[2] end
  if its_own and not e.away then
    put(drop[1], e, 'gone')
    done = done + 1
  end
end
write_counts()
return done
