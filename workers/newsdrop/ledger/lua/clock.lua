-- Head of every script. ARGV[1]: epoch ms, or '' for the server's own clock (a client's clock is never asked;
-- only tests give one). ARGV[2]: this call's arguments, MessagePack.
local call = redis.call
local A = cmsgpack.unpack(ARGV[2])

-- Whole numbers by '%.0f': the server's own conversion may write 1.7e+12.
local function int(number) return string.format('%.0f', number) end

local function server_ms()
  local time = call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local now = tonumber(ARGV[1]) or server_ms()

local function hex(id)
  return (string.gsub(id, '.', function(char) return string.format('%02x', string.byte(char)) end))
end

local function unhex(text)
  return (string.gsub(text, '..', function(two) return string.char(tonumber(two, 16)) end))
end
