"""The command line: arguments in, text out. Decisions are made in the rooms below; nothing imports this."""
