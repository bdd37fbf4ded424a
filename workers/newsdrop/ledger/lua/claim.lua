-- Which index this ledger belongs to: whoever comes first says it. A: index (field -> text), adopt
-- Answers what it belongs to now, as HGETALL does.
local held = call('HGET', K.index, 'kind')
if not held or A.adopt then
  call('DEL', K.index)
  for field, text in pairs(A.index) do call('HSET', K.index, field, text) end
  call('HSET', K.index, 'at_ms', int(now))
elseif A.index.id ~= '' and held == A.index.kind and call('HGET', K.index, 'id') == '' and
    call('HGET', K.index, 'alias') == A.index.alias then
  -- Whoever said it was not allowed to ask the cluster for its name.
  call('HSET', K.index, 'id', A.index.id)
end
return call('HGETALL', K.index)
