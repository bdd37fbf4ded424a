"""What the processes of an installation share: which index the ledger belongs to, and the watched folders.

    newsdrop:index      which index the ledger belongs to; set by the first process that writes; all others
                        are compared with it, and `newsdrop index adopt` changes it
    newsdrop:folders    the watched folders, reported every few seconds, forgotten a day after the last report

A ledger calls files *indexed* in one index only: with two indexes behind it, each would lack what the other
has, and nothing would show it. Asks no index itself: its identity is passed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from newsdrop.documents import decode_path, encode_path
from newsdrop.errors import ForeignIndexError, printable
from newsdrop.identity import RULES
from newsdrop.ledger import keys
from newsdrop.ledger.redis_errors import redis_errors
from newsdrop.ledger.scripts import Scripts
from newsdrop.ports import IndexIdentity
from newsdrop.user import who

if TYPE_CHECKING:
    import redis

__all__ = ["Installation", "LedgerIndex", "foreign", "ledger_index"]

#: How long a folder is known after its last report.
KEPT_MS: Final = 86_400_000


class LedgerIndex(msgspec.Struct, frozen=True, kw_only=True):
    """The index a ledger belongs to, and by whom, when and under which identity rules it was set."""

    index: IndexIdentity
    rules: str = ""
    by: str = ""
    at_ms: int = 0


class Installation:
    """The facts in Redis that all processes of an installation share.

    Methods raise the same errors as Ledger's.
    """

    def __init__(self, client: redis.Redis, scripts: Scripts) -> None:
        self._client = client
        self._scripts = scripts

    def index(self) -> LedgerIndex | None:
        """The index this ledger belongs to; None before anything was written to one."""
        with redis_errors(self._client):
            found: Any = self._client.hgetall(keys.INDEX)
        return ledger_index(found)

    def claim(self, index: IndexIdentity, *, private: bool = False) -> None:
        """Make this the ledger's index, if it has none yet.

        Args:
            private: no process outside this state folder can use this Redis, so that a newly created embedded
                index beside it replaces the earlier one.

        Raises:
            ForeignIndexError: the ledger belongs to another index.
        """
        held = self._write(index, adopt=False)
        if (wrong := foreign(held, index, private=private)) is not None:
            raise ForeignIndexError(wrong)
        if private and held.index.id != index.id:
            self._write(index, adopt=True)

    def require(self, index: IndexIdentity, *, private: bool = False) -> None:
        """Return if the ledger belongs to this index, or to none yet; `private` as in `claim`.

        Raises:
            ForeignIndexError: the ledger belongs to another index.
        """
        held = self.index()
        if held is not None and (wrong := foreign(held, index, private=private)) is not None:
            raise ForeignIndexError(wrong)

    def adopt(self, index: IndexIdentity) -> None:
        """Make this the ledger's index, whatever index it belonged to."""
        self._write(index, adopt=True)

    def tell_folders(self, folders: Sequence[str]) -> None:
        """Report that these resolved folders are being watched."""
        told = [encode_path(folder) for folder in folders]
        self._scripts.run("folders", {"folders": told, "kept_ms": KEPT_MS})

    def folders(self) -> list[Path]:
        """The folders that watchers have reported recently."""
        with redis_errors(self._client):
            found: Any = self._client.hgetall(keys.FOLDERS)
        now_ms = self._scripts.now_ms() if found else 0
        fresh = (name for name, told_ms in found.items() if abs(now_ms - int(told_ms)) <= KEPT_MS)
        return sorted(Path(decode_path(name.decode())) for name in fresh)

    def _write(self, index: IndexIdentity, *, adopt: bool) -> LedgerIndex:
        fields = {name: printable(text) for name, text in msgspec.structs.asdict(index).items()}
        fields |= {"rules": RULES, "by": who()}
        answer = self._scripts.run("claim", {"index": fields, "adopt": adopt})
        written = ledger_index(dict(zip(answer[::2], answer[1::2], strict=True)))
        assert written is not None  # noqa: S101  the script has just written it; for the type checker
        return written


def foreign(held: LedgerIndex, mine: IndexIdentity, *, private: bool = False) -> str | None:
    """Why a process that writes to `mine` must not work on a ledger that belongs to `held`; None: it may.

    Args:
        private: as in `Installation.claim`.
    """
    if held.rules != RULES:
        return (
            f"This ledger's articles have ids made by rules {held.rules} of newsdrop, and this version has "
            f"rules {RULES}: every article would be indexed twice. Use one version everywhere; after "
            "upgrading everything, run `newsdrop index adopt`."
        )
    theirs = held.index
    unknown = "" in (theirs.id, mine.id)
    same = (theirs.kind, theirs.alias, theirs.letters) == (mine.kind, mine.alias, mine.letters)
    remade = private and mine.kind == "local"
    if same and (unknown or remade or theirs.id == mine.id):
        return None
    return (
        f"This ledger belongs to {theirs.described}, but this process would use {mine.described}. "
        "A ledger belongs to one index, or each index would lack what the other has. Give this process the "
        "same settings (NEWSDROP_ELASTICSEARCH_URL, NEWSDROP_INDEX_ALIAS, NEWSDROP_INDEX_LETTERS), or a "
        "Redis of its own (NEWSDROP_REDIS_URL). If the index was replaced on purpose: `newsdrop index adopt`."
    )


def ledger_index(found: dict[bytes, bytes]) -> LedgerIndex | None:
    """The content of the hash `newsdrop:index`; None if it doesn't exist."""
    fields = {name.decode(): text.decode("utf-8", "replace") for name, text in found.items()}
    if "kind" not in fields:
        return None
    names = IndexIdentity.__struct_fields__
    index = IndexIdentity(**{name: fields.get(name, "") for name in names})
    at_ms = int(fields.get("at_ms", "0"))
    return LedgerIndex(index=index, rules=fields.get("rules", ""), by=fields.get("by", ""), at_ms=at_ms)
