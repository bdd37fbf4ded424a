"""What the pages use: a store for each thread, the ledger, its letters, and the other services.

Built by the command (`newsdrop web`), so that this package opens nothing and reads no settings.
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
    """The ledger of the web interface."""


class Send(Protocol):
    """Sends bytes to the inbox under a name; with a `key`, sending twice is harmless. Returns the receipt."""

    def __call__(self, data: bytes, *, name: str, key: str | None, collection: str | None) -> str: ...


class Backends(msgspec.Struct, frozen=True, kw_only=True):
    """What all threads have in common.

    Attributes:
        groups: the open letters by kind; cached, because computing it reads all of them.
        send: sends bytes to the inbox; returns the receipt.
        look_up: looks up what was sent.
        by: the user recorded in ledger and letters for changes made here.
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
    """What one request uses, in its thread."""

    store: Store
    backends: Backends

    def article(self, start: str) -> Document:
        """The article whose id is `start` or begins with it.

        Raises:
            GoneError: there is none.
            ConfigError: there are several.
        """
        if not _ID.fullmatch(start):
            raise GoneError(f"No article has an id that begins with {start[:40]}.")
        return find_article(self.store, start)
