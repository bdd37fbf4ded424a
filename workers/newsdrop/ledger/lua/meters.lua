-- What was measured, added to the sums. A.meters: field -> whole number
local function count_meters()
  for field, by in pairs(A.meters) do call('HINCRBY', K.meters, field, int(by)) end
end
