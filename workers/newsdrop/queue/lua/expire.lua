-- The main process of a worker saw the child die that holds this batch. A: batch, who
if call('HGET', K.batch .. A.batch, '@run') == '' then return 0 end
if call('HGET', K.batch .. A.batch, '@who') ~= A.who then return 0 end
call('ZADD', K.batches, 'XX', int(now), A.batch)
return 1
