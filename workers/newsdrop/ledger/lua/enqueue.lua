-- Ledger, batch record and message of up to one batch of drops. A: drops, lane, force, repair (false, or as in intake.lua), limits
local fresh = {}
for _, drop in ipairs(A.drops) do admit(drop, fresh) end
new_batch(A.lane, fresh)
write_counts()
return {tally.queued, tally.changed, tally.skipped}
