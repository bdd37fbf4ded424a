"""Notifies a person, by the configured means, of events that shouldn't wait until they look: once each.

    a new group of letters · a gate closed for long · held removals
        ──▶ one message, at most every `every_s` ──▶ a command or a webhook

What has been reported is marked in Redis, so that other workers or a restart don't report it again; what
couldn't be sent stays unmarked and is sent at a later turn. Does not know how a message is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

import msgspec

from newsdrop.errors import NewsdropError
from newsdrop.events import emit
from newsdrop.ledger import keys
from newsdrop.ledger.deadletters import OPEN_LETTERS, DeadLetters
from newsdrop.ledger.gauges import QueueGauges
from newsdrop.ledger.ledger import Ledger
from newsdrop.ledger.redis_errors import redis_errors

if TYPE_CHECKING:
    import redis

__all__ = ["Notice", "NoticeTimes", "Notices"]

#: How long a group counts as known after it was reported; also how long other marks are kept.
_REMEMBERED_S: Final = 30 * 86_400
#: How many of the newest letters are checked for new groups.
_LATEST: Final = 200
#: The delay after a message that couldn't be sent.
_AGAIN_S: Final = 60


class NoticeTimes(msgspec.Struct, frozen=True, kw_only=True):
    """`gate_s`: how long a gate may be closed; `every_s`: between two messages."""

    gate_s: float = 600.0
    every_s: float = 900.0


class Notice(msgspec.Struct, frozen=True):
    """One thing to report; `mark` stays the same for as long as it is the same thing."""

    mark: str
    text: str


class Notices:
    """The notifications of one ledger.

    Args:
        send: notifies a person; raises a NewsdropError if it can't.
    """

    def __init__(
        self,
        client: redis.Redis,
        ledger: Ledger,
        letters: DeadLetters,
        send: Callable[[str], None],
        times: NoticeTimes,
    ) -> None:
        self._client = client
        self._ledger = ledger
        self._letters = letters
        self._send = send
        self._times = times

    def work(self) -> int:
        """Report new things, if it is time; returns how many were reported.

        Raises:
            OutageError, ConfigError: Redis is away or refuses.
        """
        now = self._ledger.gauges()
        self._forget_ended(now)
        new = self._new([*self._due(now)])
        if not new or not self._take_turn():
            return 0
        try:
            self._send("\n".join(["newsdrop on " + self._ledger.host, *(one.text for one in new)]))
        except NewsdropError as error:
            emit("notice.failed", reason=error.message, retry_s=_AGAIN_S)
            with redis_errors(self._client):
                self._client.set(keys.NOTICE_TURN, "failed", ex=_AGAIN_S)
            return 0
        with redis_errors(self._client), self._client.pipeline(transaction=False) as pipeline:
            for one in new:
                pipeline.set(keys.NOTICE + one.mark, "1", ex=_REMEMBERED_S)
            pipeline.execute()
        emit("notice.sent", things=len(new))
        return len(new)

    def _due(self, now: QueueGauges) -> Iterator[Notice]:
        gate = now.gate
        if gate is not None:
            closed_s = (self._ledger.now_ms() - gate.closed_ms) / 1000
            if closed_s >= self._times.gate_s:
                text = f"Work has paused for {closed_s / 60:.0f} minutes: {gate.reason}"
                yield Notice(f"gate:{gate.service}:{gate.closed_ms}", text)
        for host, path, reason in _held_folders(now):
            if reason:
                # How many they are may change; it is the same hold.
                hold = now.held.get(path)
                mark = f"held:{path}:{hold.since_ms}" if hold else _doubted(host, path)
                yield Notice(mark, f"Removals from {path} are held: {reason}")
        yield from self._groups()

    def _forget_ended(self, now: QueueGauges) -> None:
        """What is over is told again when it comes again: removals held because a folder may be unmounted."""
        folders = _held_folders(now)
        ended = [keys.NOTICE + _doubted(host, path) for host, path, reason in folders if not reason]
        if ended:
            with redis_errors(self._client):
                self._client.delete(*ended)

    def _groups(self) -> Iterator[Notice]:
        told: set[str] = set()
        for letter in self._letters.page(OPEN_LETTERS, limit=_LATEST).letters:
            if letter.group not in told:
                told.add(letter.group)
                text = f"Dead letters of a new kind ({letter.group}): {letter.source} {letter.reason}"
                yield Notice(f"group:{letter.group}", text)

    def _new(self, notices: list[Notice]) -> list[Notice]:
        if not notices:
            return []
        with redis_errors(self._client):
            marks: Any = self._client.mget([keys.NOTICE + one.mark for one in notices])
        return [one for one, mark in zip(notices, marks, strict=True) if mark is None]

    def _take_turn(self) -> bool:
        every_s = max(1, round(self._times.every_s))
        with redis_errors(self._client):
            return bool(self._client.set(keys.NOTICE_TURN, "taken", nx=True, ex=every_s))


def _held_folders(now: QueueGauges) -> Iterator[tuple[str, str, str]]:
    """Each watched folder's machine and path, and why its removals are held, if they are."""
    for watcher, values in now.watchers.items():
        for folder in values.get("folders", ()):
            yield watcher.partition(":")[0], str(folder.get("path")), folder.get("removals_held") or ""


def _doubted(host: str, path: str) -> str:
    """The mark for a folder that may be unmounted."""
    return f"held:{host}:{path}"
