-- Makes one batch of what is due, unless the lane is full. A: lane, high_water, limits. Answers how many drops.
if tonumber(call('HGET', K.depth, A.lane) or '0') >= A.high_water then return 0 end
local drops, bytes = {}, 0
for _, id in ipairs(call('ZRANGEBYSCORE', K.due, '-inf', int(now), 'LIMIT', 0, A.limits.batch_drops)) do
  local packed = call('HGET', K.retries, id)
  if packed then
    bytes = bytes + cmsgpack.unpack(packed).s
    if #drops > 0 and bytes > A.limits.batch_bytes then break end
    put(id, entry(id), 'queued')
    drops[#drops + 1] = {id, packed}
  end
  stop_waiting(id)
end
new_batch(A.lane, drops)
write_counts()
return #drops
