-- Deletes letters that were exported, if they are still what was exported. A: letters, {hex id, revision}
-- The drop of an open letter becomes discarded: no state without what it promises.
local trimmed = 0
for _, pair in ipairs(A.letters) do
  local letter = load_letter(pair[1])
  if letter and letter.revision == pair[2] then
    if letter.status == 'dead' then put_drop(letter, 'discarded') end
    delete_letter(pair[1], letter.stage)
    trimmed = trimmed + 1
  end
end
write_counts()
return trimmed
