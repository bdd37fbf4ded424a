-- The open letters of files and members that held the same. A: contents (content_of in letters.lua), count. Answers id, path, id, path …
local found = {}
if call('EXISTS', K.letters_content) == 0 then return found end
for _, content in ipairs(A.contents) do
  -- The semicolon is the character after the colon.
  local range = call('ZRANGE', K.letters_content, '[' .. content .. ':', '(' .. content .. ';', 'BYLEX', 'LIMIT', 0, A.count)
  for _, member in ipairs(range) do
    local id = string.sub(member, #content + 2)
    local letter = load_letter(id)
    if letter and letter.status == 'dead' and letter.path then
      found[#found + 1] = id
      found[#found + 1] = letter.path
    end
  end
end
return found
