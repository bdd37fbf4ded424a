-- Adds what was measured. A: meters
count_meters()
return 1
