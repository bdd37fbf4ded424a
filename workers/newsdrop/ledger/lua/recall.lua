-- Takes articles in again. A: documents (ids), drops (ids of those that are forgotten)
-- A drop whose document is forgotten no more is as if its article had gone with its file: the next scan that meets the
-- file reads it.
for _, document in ipairs(A.documents) do call('HDEL', K.forgotten, document) end
local done = 0
for _, id in ipairs(A.drops) do
  local e = entry(id)
  if e.state == 'forgotten' and not is_forgotten(e.document) then
    e.document = NO_DOCUMENT
    put(id, e, 'removed')
    done = done + 1
  end
end
write_counts()
return done
