"""The scripts and the keys they are given."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from newsdrop.ledger import keys
from newsdrop.ledger.scripts import _PARTS, read_scripts, source


def test_every_key_lies_under_the_prefix_and_is_named_once() -> None:
    named = {
        name: value
        for name, value in vars(keys).items()
        if name.isupper() and name not in ("TASK", "REQUESTS", "PREFIX", "INBOX_FIELD")
    }
    assert all(value.startswith(keys.PREFIX) for value in named.values())
    assert len(set(named.values())) == len(named)


@pytest.mark.parametrize("name", sorted(_PARTS))
def test_scripts_name_no_key_themselves(name: str) -> None:
    text = source(name).replace(keys.lua_table(), "")
    assert "newsdrop:" not in text


def test_every_key_is_in_the_documentation() -> None:
    text = (Path(__file__).parents[3] / "docs" / "redis.md").read_text("utf-8")
    for name, value in vars(keys).items():
        if name.isupper() and name not in ("TASK", "REQUESTS", "PREFIX", "QUEUE", "INBOX_FIELD"):
            assert f"`{value}" in text, f"docs/redis.md says nothing of {value}"


def test_a_process_that_lasts_reads_all_scripts_at_its_start(monkeypatch: pytest.MonkeyPatch) -> None:
    source.cache_clear()
    read_scripts()

    def upgraded(_package: str) -> None:
        raise AssertionError("read from a package that may be another version by now")

    monkeypatch.setattr("newsdrop.ledger.scripts.files", upgraded)
    assert all(source(name) for name in _PARTS)


@pytest.mark.parametrize("name", sorted(_PARTS))
def test_each_script_asks_for_the_rights_to_all_that_it_sends_before_it_sends_anything(name: str) -> None:
    text = source(name)
    named = re.search(r"local COMMANDS = {(.*)}", text)
    assert named
    sent = re.findall(r"\b(?:call|pcall)\(\s*([^)\s]\S*)", text)
    assert {one.rstrip(",)") for one in sent} == set(named[1].split(", "))
    assert "redis.call(" not in text
    assert text.index("acl_check_cmd") < text.index("call(")
