-- A watcher tells which folders it watches; those that nobody told of for long are forgotten.
-- A: folders (texts), kept_ms
for _, folder in ipairs(A.folders) do call('HSET', K.folders, folder, int(now)) end
local all = call('HGETALL', K.folders)
for i = 1, #all, 2 do
  if math.abs(now - tonumber(all[i + 1])) > A.kept_ms then call('HDEL', K.folders, all[i]) end
end
return 1
