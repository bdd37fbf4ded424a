-- Ledger, batch record and message of up to one batch of drops. A: drops, lane, force, repair (false, or as in intake.lua),
-- quiet, limits. Answers how many were queued, changed and skipped, and the new batch or ''.
local fresh = {}
for _, drop in ipairs(A.drops) do admit(drop, fresh) end
local batch = new_batch(A.lane, fresh, A.quiet)
write_counts()
return {tally.queued, tally.changed, tally.skipped, batch or ''}
