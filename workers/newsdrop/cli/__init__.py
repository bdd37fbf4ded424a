"""The command line: arguments in, text out. Other packages make the decisions; nothing imports this one."""
