"""The reconciler: a timer that repairs whatever a crash, a lost message or a pause left behind.

Each tick: batches whose deadline is over are reaped; drops that are due are queued; the inbox is read;
changed letters are mirrored; letters over the configured limits are exported and trimmed. It runs inside
every worker and in `up`; several at once are harmless (each script checks again), and a throttle spaces them
out. The work of a tick is bounded. After a gap in which nobody ticked, the first tick only renews leases:
the workers that hold batches may be alive and had no chance to renew them. It never fails: what Redis or the
index can't do at the moment is reported once and tried again at the next tick.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import msgspec

from newsdrop.errors import ConfigError, NewsdropError, OutageError
from newsdrop.events import emit
from newsdrop.ledger.deadletters import DeadLetters
from newsdrop.ledger.errands import Errands
from newsdrop.ledger.inbox import Inbox
from newsdrop.ledger.ledger import Ledger, Reaped
from newsdrop.ledger.letter_export import MESSAGES_ONLY, TrimPolicy
from newsdrop.ledger.letter_mirror import MirrorKeeper
from newsdrop.ledger.notices import Notices
from newsdrop.meters import Tally
from newsdrop.options import QueueOptions
from newsdrop.ports import LetterMirror

__all__ = ["Reconciler", "Tick"]

_QUEUE = QueueOptions()
_ROUNDS = 32
_REAPED_AT_ONCE = 256
#: The results of reaping that reclaimed nothing.
_LEFT_ALONE = ("early", "missing", "extended")
_INBOX_POLL_S = 0.25
_MIRROR_PAUSE_S = 30.0
_MIRROR_BUDGET_S = 5.0


class Tick(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one tick. `busy`: another reconciler had just ticked. `gap_s`: nobody had for so long."""

    busy: bool = False
    gap_s: float = 0.0
    reaped: int = 0
    letters: int = 0
    due: int = 0
    messages: int = 0
    rejected: int = 0
    mirrored: int = 0
    trimmed: int = 0


class Reconciler:
    """Ticks over one ledger.

    Args:
        store: mirrors letters; None: they aren't mirrored.
        interval_s: between two ticks of all reconcilers together.
    """

    def __init__(
        self,
        ledger: Ledger,
        inbox: Inbox,
        letters: DeadLetters,
        store: LetterMirror | None = None,
        *,
        interval_s: float = _QUEUE.reconcile_s,
        trim: TrimPolicy = MESSAGES_ONLY,
        notices: Notices | None = None,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ledger = ledger
        self._inbox = inbox
        self._letters = letters
        self._keeper = None if store is None else MirrorKeeper(letters, store, clock_s)
        self._interval_s = interval_s
        self._trim = trim
        self._clock_s = clock_s
        self._mirror_again_s = 0.0
        self._born = ""
        self._complaints: dict[str, str] = {}
        self._tally = Tally()
        self._errands: Errands | None = None
        self._notices = notices
        self._telling = Errands("notices")

    def tick(self) -> Tick:
        """Take one turn, unless another reconciler has just had one.

        Raises:
            OutageError, ConfigError: Redis can't be reached or refuses; nothing is left half done.
        """
        # A little less than the interval, so that drifting timers don't skip every second turn.
        throttle_ms = int(self._interval_s * 800)
        gap_ms = max(self._ledger.limits.lease_ms, int(self._interval_s * 3000))
        gap, lapsed = self._ledger.tick(throttle_ms=throttle_ms, gap_ms=gap_ms, count=_REAPED_AT_ONCE)
        if gap < 0:
            return Tick(busy=True)
        self._watch_born()
        if gap > 0:
            if gap > 1:
                emit("reconcile.woke", gap_s=round(gap / 1000))
            return Tick(gap_s=gap / 1000)
        return self._work(lapsed)

    def run(self, stop: threading.Event) -> None:
        """Tick until `stop` is set, whatever happens to Redis meanwhile."""
        # In a thread of its own, because the export folder may be on a disk that doesn't answer.
        self._errands = Errands("letters")
        next_s = self._clock_s()
        while not stop.is_set():
            try:
                if self._clock_s() >= next_s:
                    next_s = self._clock_s() + self._interval_s
                    self.tick()
                elif self._inbox.waiting():
                    # Other programs shouldn't have to wait for the next tick.
                    self._inbox.take()
                self._complaints.pop("redis", None)
            except (OutageError, ConfigError) as error:
                self._complain("redis", error)
                stop.wait(self._interval_s)
            except Exception as error:  # noqa: BLE001  without this thread nothing would be repaired any more
                self._complain("reconciler", _unexpected(error))
                stop.wait(self._interval_s)
            stop.wait(min(_INBOX_POLL_S, self._interval_s))

    def _work(self, lapsed: list[str]) -> Tick:
        reaped = [one for batch in lapsed if (one := self._reap_if_possible(batch)) is not None]
        self._ledger.count(self._tally.take())
        if self._notices is not None:
            self._telling.run(self._notices.work, lambda error: self._complain("notices", error))
        due = self._due()
        messages, rejected = self._take()
        return Tick(
            reaped=len(reaped),
            letters=sum(one.letter for one in reaped),
            due=due,
            messages=messages,
            rejected=rejected,
            mirrored=self._mirror(),
            trimmed=self._trim_letters(),
        )

    def _reap_if_possible(self, batch: str) -> Reaped | None:
        """None: its record is damaged, in a way that must not hold up others."""
        try:
            return self._reap(batch)
        except NewsdropError:
            raise
        except Exception as error:  # noqa: BLE001  as the docstring says
            self._complain(f"batch {batch}", _unexpected(error))
            return None

    def _reap(self, batch: str) -> Reaped:
        reaped = self._ledger.reap(batch)
        if reaped.what not in _LEFT_ALONE:
            self._tally.count("newsdrop_reaped_batches_total", reaped.what)
        if reaped.run:
            emit("reconcile.reaped", batch=batch, run=reaped.run, current=reaped.blamed, drops=reaped.drops)
        letter = self._letters.show(reaped.blamed) if reaped.letter else None
        if letter is not None:
            self._tally.count("newsdrop_outcomes_total", "dead")
            self._tally.count("newsdrop_failures_total", letter.stage, "dead")
            emit(
                "drop.dead",
                source=letter.source,
                stage=letter.stage,
                type=letter.error_type,
                message=letter.error_message,
                group=letter.group,
            )
        return reaped

    def _due(self) -> int:
        total = 0
        for _ in range(_ROUNDS):
            drops = self._ledger.due()
            if drops == 0:
                break
            total += drops
        if total:
            emit("reconcile.due", drops=total)
        return total

    def _take(self) -> tuple[int, int]:
        messages = rejected = 0
        for _ in range(_ROUNDS):
            taken = self._inbox.take()
            messages, rejected = messages + taken.messages, rejected + taken.rejected
            if not taken.more:
                break
        return messages, rejected

    def _mirror(self) -> int:
        if self._keeper is None or self._clock_s() < self._mirror_again_s:
            return 0
        total = 0
        try:
            # A slow index must not delay the batches of the next tick.
            total = self._keeper.work(self._clock_s() + _MIRROR_BUDGET_S)
            self._complaints.pop("index", None)
        except NewsdropError as error:
            # The index is down or refuses: the letters stay dirty, and the rest of the tick continues.
            self._complain("index", error)
            self._keeper.look_again()
            self._mirror_again_s = self._clock_s() + _MIRROR_PAUSE_S
        if total:
            emit("letters.mirrored", letters=total)
        return total

    def _trim_letters(self) -> int:
        if self._errands is not None:
            self._errands.run(self._trim_now, lambda error: self._complain("letters", error))
            return 0
        return self._trim_now()

    def _trim_now(self) -> int:
        try:
            trimmed = self._letters.trim(self._trim, mirrored=self._keeper is not None)
        except ConfigError as error:
            self._ledger.count({"newsdrop_dead_export_failures_total": 1})
            if self._complaints.get("dead_export") != error.message:
                self._complaints["dead_export"] = error.message
                emit("letters.unexported", reason=error.message)
            return 0
        self._complaints.pop("dead_export", None)
        return trimmed

    def _watch_born(self) -> None:
        born = self._ledger.born()
        if self._born and born != self._born:
            emit("ledger.reset", born=born)
        self._born = born or self._born

    def _complain(self, service: str, error: NewsdropError) -> None:
        # Repeating the same error at each tick would flood the log.
        if self._complaints.get(service) != error.message:
            self._complaints[service] = error.message
            emit("reconcile.outage", service=service, reason=error.message, retry_s=self._interval_s)


def _unexpected(error: Exception) -> NewsdropError:
    """An error that nobody has foreseen, which ends no thread."""
    return NewsdropError(f"{type(error).__name__}: {error}. This is a bug in newsdrop; please report it.")
