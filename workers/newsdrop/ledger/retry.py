"""What to do after a failed try: a pure decision from the kind of error, the attempt and one random number.

    permanent             → Dead            trying again can't help
    transient             → Retry(after_ms) until `max_attempts` tries are spent, then Dead
    storage               → Retry(after_ms), no attempt is spent: what holds the file is away, not the index
    outage, configuration → Wait            no attempt is spent; the worker waits at the gate

Delays grow by doubling up to a ceiling and are drawn evenly from zero to it ("full jitter"), so that a
thousand files that failed together don't come back together. Knows no clock, no Redis and no Celery.
"""

from __future__ import annotations

import msgspec

from newsdrop.documents import ErrorClass
from newsdrop.options import QueueOptions
from newsdrop.ports import Dead, Retry

__all__ = ["Backoff", "Decision", "Wait", "decide"]

_QUEUE = QueueOptions()


class Backoff(msgspec.Struct, frozen=True):
    """`max_attempts` counts tries, the first one included; the delays are ceilings before jitter."""

    max_attempts: int = _QUEUE.max_attempts
    first_ms: int = int(_QUEUE.backoff_s * 1000)
    max_ms: int = int(_QUEUE.backoff_max_s * 1000)
    #: For a disk or share to come back; drawn from half of it on.
    storage_ms: int = 60_000

    def ceiling_ms(self, attempt: int) -> int:
        """The longest delay after try number `attempt`, counted from 1."""
        # The exponent is bounded so that an absurd attempt number doesn't make a huge number.
        doublings = min(max(attempt, 1) - 1, 64)
        return min(self.max_ms, self.first_ms << doublings)


class Wait(msgspec.Struct, frozen=True):
    """Nothing is wrong with the drop: hold it until the service is back."""


Decision = Retry | Dead | Wait


def decide(kind: ErrorClass, attempt: int, random: float, backoff: Backoff) -> Decision:
    """What to do with a drop whose try number `attempt` (from 1) failed; `random` is in [0, 1)."""
    if kind in (ErrorClass.OUTAGE, ErrorClass.CONFIG):
        return Wait()
    if kind is ErrorClass.STORAGE:
        return Retry(after_ms=int((1 + random) / 2 * backoff.storage_ms), spent=False)
    if kind is ErrorClass.PERMANENT or attempt >= backoff.max_attempts:
        return Dead()
    return Retry(after_ms=int(random * backoff.ceiling_ms(attempt)))
