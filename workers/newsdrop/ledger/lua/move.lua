-- The file of a letter was moved, and has an id of its own there; or it is back. A: id (hex), path, own_id (hex)
local letter = load_letter(A.id)
if not letter or not letter.path then return 0 end
letter.path = A.path
letter.own_id = A.own_id ~= A.id and A.own_id or nil
save_letter(letter)
return 1
