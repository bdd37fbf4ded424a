-- Lets what brings work to its end go on while the server is full: it takes little, and frees more. Redis asks whether
-- there is memory before a script's first write only, and a deletion needs none.
call('DEL', K.nothing)
