"""The rights of Redis users as docs/redis.md gives them: what the tests run under is what people copy."""

from __future__ import annotations

import re

from tests.servers.stack import ROOT

PASSWORD = "a-password-of-the-tests"


def documented_rules(user: str) -> list[str]:
    """A user's rights as the words of ACL SETUSER."""
    text = (ROOT / "docs/redis.md").read_text("utf-8")
    command = re.search(rf"ACL SETUSER {user} ((?:.*\\\n)*.*)", text)
    assert command, f"docs/redis.md has no rights for {user}"
    rules = command[1].replace("\\\n", " ")
    return re.findall(r"\([^)]*\)|\S+", rules.replace("PASSWORD", PASSWORD))
