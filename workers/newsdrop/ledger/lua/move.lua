-- The file of a letter was moved. A: id (hex), path
local letter = load_letter(A.id)
if not letter or not letter.path then return 0 end
letter.path = A.path
save_letter(letter)
return 1
