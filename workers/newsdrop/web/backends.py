"""What the pages work with: a store for each thread, the ledger, its letters, and who answers for the rest.

Put together by the command (`newsdrop web`), so that this room opens nothing and reads no settings.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

import msgspec

from newsdrop.desk.lookup import find_article
from newsdrop.documents import Document
from newsdrop.errors import GoneError
from newsdrop.index.store import Store
from newsdrop.ledger.deadletters import DeadLetters, LetterGroup
from newsdrop.ledger.receipts import Sent
from newsdrop.ledger.takedowns import Takedowns
from newsdrop.options import Limits
from newsdrop.ports import DropQueue, EntryLookup
from newsdrop.web.remembered import Remembered
from newsdrop.web.rereading import Rereader
from newsdrop.web.standing import Standing

__all__ = ["Backends", "Desk", "Send", "WebLedger"]


_ID = re.compile(r"[0-9a-f]{4,32}")


class WebLedger(EntryLookup, DropQueue, Protocol):
    """The ledger of the page."""


class Send(Protocol):
    """Hands bytes to the inbox under a name; `key` makes doing it twice harmless. The receipt."""

    def __call__(self, data: bytes, *, name: str, key: str | None, collection: str | None) -> str: ...


class Backends(msgspec.Struct, frozen=True, kw_only=True):
    """What all threads share.

    Attributes:
        groups: the open letters by kind; all of them are looked at, so not for every page anew.
        send: hands bytes to the inbox; their receipt.
        look_up: what became of what was sent.
        by: who changes things here, as ledger and letters remember it.
    """

    open_store: Callable[[], Store]
    ledger: WebLedger
    letters: DeadLetters
    takedowns: Takedowns
    groups: Remembered[list[LetterGroup]]
    standing: Standing
    send: Send
    look_up: Callable[[str], Sent]
    rereader: Rereader
    limits: Limits
    by: str


class Desk(msgspec.Struct, frozen=True):
    """What one request works with, in its thread."""

    store: Store
    backends: Backends

    def article(self, start: str) -> Document:
        """The article whose id is `start` or begins so.

        Raises:
            GoneError: there is none.
            ConfigError: there are several.
        """
        if not _ID.fullmatch(start):
            raise GoneError(f"No article has an id like {start[:40]}.")
        return find_article(self.store, start)
