-- Gives up on the drops of open letters. A: ids (hex), by. Answers the ids that were discarded.
local done = {}
for _, name in ipairs(A.ids) do
  local letter = close_letter(name, 'discarded', A.by)
  if letter then
    put_drop(letter, 'discarded')
    done[#done + 1] = name
  end
end
write_counts()
return done
