-- Forgets drops whose files have been gone for long. A: ids, before_s. Answers how many.
local done = 0
for _, id in ipairs(A.ids) do
  local e = entry(id)
  local settled = e.state == 'gone' or e.state == 'removed'
  if settled and not e.away and e.time_s < A.before_s and call('HEXISTS', K.again, id) == 0 then
    erase(id, e)
    done = done + 1
  end
end
write_counts()
return done
