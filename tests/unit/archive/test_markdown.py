"""Bodies in Markdown are told from HTML in linear time."""

from __future__ import annotations

import time

import pytest

from newsdrop.archive.dialects.markdown import is_markdown


@pytest.mark.parametrize(
    "piece",
    ["](/", "](https://", "[a](/", "**", "__a", "| ", "`a", "<p", "{%", "```\n", "---\n", "![", "](/a b"],
)
def test_no_repeated_sign_costs_more_than_its_length(piece: str) -> None:
    body = "text " + piece * (200_000 // len(piece))
    started = time.process_time()
    is_markdown(body)
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    "link", ["[a](/b)", "[a](//b.org/c)", "[a](https://b.org/c(d)", "[a](http://b.org/c)"]
)
def test_a_link_is_a_sign(link: str) -> None:
    assert is_markdown(f"text {link} text")
