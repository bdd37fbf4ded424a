-- Takes articles in again. A: documents (ids), drops (ids of those that are forgotten)
-- A drop whose document is forgotten no more is as if its article had gone with its file, but keeps the document: the next
-- scan that meets the file reads it, and a bundle is listed again for the members that bring one (lost_articles.py).
for _, document in ipairs(A.documents) do
  if call('HDEL', K.forgotten, document) == 1 then call('ZADD', K.recalled, int(now), document) end
end
local done = 0
for _, id in ipairs(A.drops) do
  local e = entry(id)
  if e.state == 'forgotten' and not is_forgotten(e.document) then
    put(id, e, 'removed')
    done = done + 1
  end
end
write_counts()
return done
