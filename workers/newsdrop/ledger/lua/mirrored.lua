-- The index acknowledged these letters. A: letters, a list of {hex id, revision}. A letter that changed since
-- stays dirty; so does nothing that is no longer there.
local clean = 0
for _, pair in ipairs(A.letters) do
  local letter = load_letter(pair[1])
  if not letter or letter.revision == pair[2] then clean = clean + call('SREM', K.letters_dirty, pair[1]) end
end
return clean
