-- Moves validated inbox messages into the ledger. A: items, lane, limits
-- An item: {stream id, parts}, where each part is one message: {receipt, drop} or {receipt, false, letter}. That XDEL
-- deletes the entry is the claim on all of them.
local fresh, taken, rejected = {}, 0, 0

local function refuse(receipt, letter)
  call('SET', K.receipt .. receipt, letter.id, 'EX', A.limits.receipt_ttl_s)
  write_message_letter(letter)
  rejected = rejected + 1
end

-- The path of a file that newsdrop itself moved or deleted, sent again or late: its fate is known, and the file has not left.
local function is_known_to_be_away(drop)
  local e = entry(drop[1])
  return drop[2] == 0 and drop[3] == 0 and e.away and e.state ~= 'queued' and e.state ~= 'retrying'
end

local function accept(drop)
  if is_known_to_be_away(drop) then
    note_receipt(drop)
    tally.skipped = tally.skipped + 1
  else
    admit(drop, fresh)
  end
end

for _, item in ipairs(A.items) do
  if call('XDEL', K.inbox, item[1]) == 1 then
    for _, part in ipairs(item[2]) do
      taken = taken + 1
      if part[2] then accept(part[2]) else refuse(part[1], part[3]) end
      -- One entry may hold more of them than a batch.
      if #fresh >= A.limits.batch_drops then
        new_batch(A.lane, fresh)
        fresh = {}
      end
    end
  end
end
new_batch(A.lane, fresh)
write_counts()
return {taken, tally.queued, rejected}
