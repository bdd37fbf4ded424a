"""The keys of labels: what documents have, and what queries ask for, is the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdrop.index.fields import LABELS, field_called, label_key


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("mood", "mood"),
        ("Reading time", "reading_time"),
        ("x-y", "x_y"),
        ("分类", "分类"),
        ("वर्ग", "वर्ग"),
        ("E\u0301tat", "état"),
        ("a.b", "a.b"),
        (".a..b.", "_a__b_"),
        ("a*\0\x1f", "a___"),
        ("", "_"),
        ("k" * 500, "k" * 100),
    ],
)
def test_a_key_is_kept_as_far_as_it_can_be(written: str, key: str) -> None:
    assert label_key(written) == key


@given(st.text())
def test_every_key_is_asked_for_as_it_is_kept(written: str) -> None:
    key = label_key(written)
    assert label_key(key) == key
    field = field_called(LABELS + written)
    assert field is not None
    assert field.name == LABELS + key
