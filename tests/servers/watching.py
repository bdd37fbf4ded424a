"""A watcher in a thread over a real folder and a real ledger, and what a test needs to see and wait for."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis
from tests.waiting import PATIENCE_S, until

from newsdrop.documents import Outcome, Stamp, State
from newsdrop.identity import path_drop_id
from newsdrop.ledger.deadletters import DeadLetters
from newsdrop.ledger.ledger import Entry, Ledger, Settlement
from newsdrop.settings import Settings, validate
from newsdrop.watch.watcher import Watcher


class Recorder(logging.Handler):
    """Every event that is emitted."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.events: list[tuple[str, dict[str, Any]]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.events.append((record.__dict__["event_name"], record.__dict__["event_values"]))

    def named(self, name: str) -> list[dict[str, Any]]:
        return [values for event, values in self.events if event == name]


class Watching:
    """One folder `in` (or more), one ledger, and at most one running watcher at a time."""

    def __init__(self, place: Path, client: redis.Redis, recorder: Recorder) -> None:
        self.place = Path(os.path.realpath(place))
        self.folder = self.place / "in"
        self.folder.mkdir(exist_ok=True)
        self.ledger = Ledger(client)
        self.letters = DeadLetters(client, self.ledger)
        self.recorder = recorder

    @contextmanager
    def run(
        self, *folders: dict[str, Any], store: Any = None, compare_s: float | None = None, **watch: Any
    ) -> Iterator[Watcher]:
        chosen = {"folders": folders or [{"path": self.folder}], "watch": {"settle_ms": 100, **watch}}
        watcher = Watcher(validate(Settings, chosen), self.ledger, self.letters, store, compare_s=compare_s)
        stop = threading.Event()
        failures: list[BaseException] = []

        def body() -> None:
            try:
                watcher.run(stop)
            except BaseException as error:  # shown by the test instead of a thread nobody reads
                failures.append(error)
                raise

        thread = threading.Thread(target=body, name="watcher")
        thread.start()
        try:
            assert watcher.ready.wait(PATIENCE_S)
            yield watcher
        finally:
            stop.set()
            thread.join(PATIENCE_S)
            assert not thread.is_alive()
        assert failures == []

    def write(self, name: str, text: str = "text", *, age_s: float | None = None) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        if age_s is not None:
            os.utime(path, (time.time() - age_s,) * 2)
        return path

    def entry(self, path: Path) -> Entry | None:
        return self.ledger.lookup([path_drop_id(path)])[0]

    def known(self, path: Path) -> bool:
        return self.entry(path) is not None

    def state(self, path: Path) -> State | None:
        entry = self.entry(path)
        return entry.state if entry else None

    def queued(self) -> int:
        return self.ledger.counts()[State.QUEUED]

    def wait_for(self, *paths: Path) -> None:
        until(lambda: all(map(self.known, paths)), f"known: {paths}")

    def enqueued_files(self) -> int:
        return sum(event["files"] for event in self.recorder.named("watch.enqueued"))

    def scans(self) -> int:
        return len(self.recorder.named("watch.rescanned"))

    def wait_for_scans(self, more: int = 1) -> None:
        """Until that many scans have begun and ended from now on (one may be under way already)."""
        seen = self.scans()
        until(lambda: self.scans() >= seen + more, f"{more} more scans")

    def settle_all(self, state: Any = State.INDEXED, *, document: bool = True) -> int:
        """Do a worker's part for everything that is queued."""
        done = 0
        for batch in list(self.ledger.batches()):
            drops = self.ledger.start(batch.id, "run", process=1, task="t")
            outcomes = [
                Outcome(
                    drop=drop,
                    state=state,
                    stamp=self.stamp(Path(drop.path or "")),
                    document_id=drop.id if document else None,
                )
                for drop in drops
            ]
            self.ledger.finish(batch.id, "run", [Settlement(outcome) for outcome in outcomes])
            done += len(drops)
        return done

    @staticmethod
    def stamp(path: Path) -> Stamp | None:
        try:
            info = path.stat()
        except FileNotFoundError:
            return None
        return Stamp.from_ns(info.st_size, info.st_mtime_ns)
