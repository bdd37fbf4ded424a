-- Before anything is changed: may our user do all that follows? A right that is missing in the middle would leave half of it.
-- Redis 6.2 can't be asked.
if redis.acl_check_cmd then
  for _, command in ipairs(COMMANDS) do
    if not redis.acl_check_cmd(command, K.ledger) then
      return redis.error_reply("NOPERM It has no permissions to run the '" .. string.lower(command) .. "' command.")
    end
  end
end
