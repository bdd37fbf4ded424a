"""Messages that were refused wait until somebody has stored them."""

from __future__ import annotations

import pytest

from newsdrop.errors import OutageError
from newsdrop.worker import rejects


@pytest.mark.parametrize("trouble", [OutageError("away"), ValueError("upstream failure")])
def test_what_cannot_be_stored_is_kept_in_its_order(
    trouble: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rejects, "_REJECTS", rejects._Rejects())
    stored: list[tuple[bytes, str]] = []
    troubles = [trouble, trouble]

    def store(raw: bytes, reason: str) -> None:
        if troubles:
            raise troubles.pop()
        stored.append((raw, reason))

    rejects.configure(store)
    rejects.keep(b"first", "it is none")
    rejects.keep(b"second", "it is none")
    assert stored == []
    rejects.keep_again()
    assert stored == [(b"first", "it is none"), (b"second", "it is none")]
