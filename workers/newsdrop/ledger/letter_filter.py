"""Which dead letters are meant: the conditions that commands, the page and the list of them share.

Pure. Ages are left to the order in which letters are read (letter_order.py).
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Final, Literal

import msgspec

from newsdrop.documents import DeadLetter, Stage
from newsdrop.ledger import keys
from newsdrop.ledger.grouping import short_name

__all__ = ["OPEN_LETTERS", "LetterFilter", "short_name_of"]

Status = Literal["dead", "replayed", "discarded", "moved"]


class LetterFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Selects letters; all given conditions must hold. `status` None means any.

    `group` is a group's key or its short name, `error` the error's type or a part of its message, `path` a
    shell pattern for the whole path, and `path_here` the same as one of the current folder. Ages count from
    the last failure, which is at `latest_ms` or before.
    """

    ids: tuple[str, ...] = ()
    group: str | None = None
    stage: Stage | None = None
    error: str | None = None
    path: str | None = None
    path_here: str | None = None
    older_than_s: float | None = None
    newer_than_s: float | None = None
    latest_ms: int | None = None
    status: Status | None = "dead"

    def takes(self, letter: DeadLetter) -> bool:
        """Whether a letter matches, apart from its age."""
        return (
            (self.status is None or letter.status == self.status)
            and (not self.ids or letter.id in self.ids)
            and (self.latest_ms is None or letter.last_failed_ms <= self.latest_ms)
            and (self.group is None or self.group in (letter.group, short_name_of(letter)))
            and (self.stage is None or letter.stage == self.stage)
            and (self.path is None or self._is_at(letter.source, self.path))
            and (self.error is None or self._is_error(letter, self.error))
        )

    def _is_at(self, source: str, path: str) -> bool:
        # Content that came without a file is called by its name alone.
        return fnmatchcase(source, path) or fnmatchcase(source, self.path_here or path)

    @staticmethod
    def _is_error(letter: DeadLetter, wanted: str) -> bool:
        return letter.error_type == wanted or wanted.casefold() in letter.error_message.casefold()

    @property
    def orders(self) -> tuple[str, ...]:
        """The sorted sets that contain the matching letters."""
        if self.status is None:
            return (keys.LETTERS_OPEN, keys.LETTERS_CLOSED)
        return (keys.LETTERS_OPEN if self.status == "dead" else keys.LETTERS_CLOSED,)


OPEN_LETTERS: Final = LetterFilter()


def short_name_of(letter: DeadLetter) -> str:
    """The short name of the letter's group."""
    return short_name(letter.error_type, letter.reason)
