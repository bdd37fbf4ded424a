-- Deletes closed letters that were exported, if they are still what was exported. A: letters, {hex id, revision}; mirrored
-- An open one becomes discarded, as does its drop, and goes another time: its mirror is to hear of it first.
local trimmed = 0
for _, pair in ipairs(A.letters) do
  local letter = load_letter(pair[1])
  if letter and letter.revision == pair[2] then
    if letter.status == 'dead' then
      close_letter(pair[1], 'discarded', A.by)
      put_drop(letter, 'discarded')
    elseif not A.mirrored or call('SISMEMBER', K.letters_dirty, pair[1]) == 0 then
      delete_letter(pair[1], letter.stage)
      trimmed = trimmed + 1
    end
  end
end
write_counts()
return trimmed
