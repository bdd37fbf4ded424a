-- Documents that were taken out for good (newsdrop/ledger/takedowns.py).
local some_forgotten = call('EXISTS', K.forgotten) == 1

local function is_forgotten(document)
  return some_forgotten and document and call('HEXISTS', K.forgotten, document) == 1
end
