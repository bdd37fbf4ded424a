"""A ledger with a clock that tests move by hand, and short ways to say what happens to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import redis

from newsdrop.documents import DeadLetter, Drop, ErrorClass, Failure, Outcome, Stage, Stamp, State
from newsdrop.errors import OutageError
from newsdrop.identity import inline_drop_id, path_drop_id
from newsdrop.ledger import keys
from newsdrop.ledger.deadletters import DeadLetters
from newsdrop.ledger.ledger import Lane, Ledger, LedgerLimits, Settlement
from newsdrop.ports import Dead, Entry, Retry


@dataclass
class Clock:
    now_ms: int = 1_760_000_000_000

    def __call__(self) -> int:
        return self.now_ms

    def sleep(self, seconds: float) -> None:
        self.now_ms += int(seconds * 1000)


@dataclass
class Room:
    """The queue room of one test."""

    client: redis.Redis
    clock: Clock = field(default_factory=Clock)
    limits: LedgerLimits = field(default_factory=LedgerLimits)

    def __post_init__(self) -> None:
        self.ledger = self.another()
        self.letters = DeadLetters(self.client, self.ledger)

    def another(self) -> Ledger:
        """The ledger as another process has it."""
        return Ledger(self.client, self.limits, host="host", now_ms=self.clock)

    def drop(self, name: str, size: int = 10, *, collection: str | None = None) -> Drop:
        path = f"/drops/{name}"
        return Drop(id=path_drop_id(path), path=path, stamp=Stamp(size, 7), collection=collection)

    def inline(self, key: str, content: bytes = b"text") -> Drop:
        return Drop(
            id=inline_drop_id(key),
            name=f"{key}.md",
            content=content,
            stamp=Stamp(len(content), 0),
            receipt=key,
        )

    def batch(self) -> str:
        """The only batch there is."""
        (view,) = self.ledger.batches()
        return view.id

    def start(self, run: str = "run") -> tuple[str, list[Drop]]:
        batch = self.batch()
        return batch, self.ledger.start(batch, run, process=1, task="task")

    def entry(self, drop: Drop) -> Entry:
        entry = self.ledger.lookup([drop.id])[0]
        assert entry is not None
        return entry

    def state(self, drop: Drop) -> State:
        return self.entry(drop).state

    def became(self, receipt: str) -> str | None:
        """The drop (or the letter of stage `message`) that an inbox message became; None: not taken yet."""
        found: Any = self.client.get(keys.RECEIPT + receipt)
        return found.decode() if found else None

    def messages(self, lane: Lane = Lane.FRESH) -> int:
        return int(self.client.llen(keys.QUEUE + lane))

    def lapse(self) -> None:
        """Let every lease and grace run out."""
        self.clock.sleep(61)

    def kill_alone(self, drop: Drop) -> None:
        """A worker dies with this drop alone in its hands, and its lease is reaped."""
        view = next(view for view in self.ledger.batches() if drop.id in view.drops)
        self.ledger.start(view.id, f"killed{self.clock.now_ms}", process=1, task="task")
        self.ledger.touch(view.id, f"killed{self.clock.now_ms}", drop.id)
        self.lapse()
        self.ledger.reap(view.id)

    def make_dead(self, drop: Drop, message: str = "It is broken.") -> None:
        self.ledger.enqueue([drop], force=True)
        batch, drops = self.start()
        assert self.ledger.finish(batch, "run", [dead(drops[0], message)])


class Mirror:
    """An index that acknowledges all but what it is told to refuse."""

    def __init__(self) -> None:
        self.letters: dict[str, DeadLetter] = {}
        self.refused: set[str] = set()
        self.up = True
        self.home = "one"

    def mirror_home(self) -> str:
        return self.home

    def mirror_letters(self, letters: Sequence[DeadLetter]) -> list[str]:
        if not self.up:
            raise OutageError("The index is down.")
        taken = [letter for letter in letters if letter.id not in self.refused]
        self.letters |= {letter.id: letter for letter in taken}
        return [letter.id for letter in taken]


def indexed(drop: Drop, stamp: Stamp | None = None) -> Settlement:
    return Settlement(
        Outcome(drop=drop, state=State.INDEXED, stamp=stamp or drop.stamp, document_id="ab" * 16)
    )


def settled(drop: Drop, state: State) -> Settlement:
    return Settlement(msgspec.structs.replace(indexed(drop).outcome, state=state))


def dead(
    drop: Drop, message: str = "It is broken.", stage: Stage = Stage.PARSE, error_type: str = "NoArticleError"
) -> Settlement:
    failure = Failure(stage=stage, kind=ErrorClass.PERMANENT, type=error_type, message=message)
    return Settlement(Outcome(drop=drop, failure=failure, stamp=drop.stamp, sha256="cd" * 32), Dead())


def retrying(drop: Drop, after_ms: int = 5_000, *, read: bool = True) -> Settlement:
    failure = Failure(stage=Stage.READ, kind=ErrorClass.TRANSIENT, type="TransientError", message="Not now.")
    stamp = drop.stamp if read else None
    return Settlement(Outcome(drop=drop, failure=failure, stamp=stamp), Retry(after_ms))
