-- Moves validated inbox messages into the ledger. A: items, lane, limits
-- An item: {stream id, drop} or {stream id, false, letter}. That XDEL deletes it is the claim.
local fresh, taken, rejected = {}, 0, 0
for _, item in ipairs(A.items) do
  if call('XDEL', K.inbox, item[1]) == 1 then
    taken = taken + 1
    if item[2] then
      admit(item[2], fresh)
    else
      call('SET', K.receipt .. item[1], item[3].id, 'EX', A.limits.receipt_ttl_s)
      write_message_letter(item[3])
      rejected = rejected + 1
    end
  end
end
new_batch(A.lane, fresh)
write_counts()
return {taken, tally.queued, rejected}
