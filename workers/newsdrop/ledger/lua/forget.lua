-- Takes articles out for good. A: documents (a list of {id, notes}), drops (ids of those that may have brought them)
-- Drops that are on their way are left to their worker, who finds the document here. Answers how many are forgotten.
for _, document in ipairs(A.documents) do
  call('HSET', K.forgotten, document[1], document[2])
  call('ZREM', K.recalled, document[1])
  some_forgotten = true
end
local done = 0
for _, id in ipairs(A.drops) do
  local e = entry(id)
  -- One that is removed and has a document was allowed again, and not read since.
  local may_bring = e.state == 'indexed' or e.state == 'superseded' or e.state == 'removed'
  if may_bring and is_forgotten(e.document) then
    put(id, e, 'forgotten')
    done = done + 1
  end
end
write_counts()
return done
