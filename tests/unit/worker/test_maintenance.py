"""What a worker's main process does besides its event loop, whatever goes wrong in it."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Any, cast

import pytest
from tests.waiting import until

from newsdrop.errors import OutageError
from newsdrop.ledger.ledger import Ledger
from newsdrop.ledger.reconcile import Reconciler
from newsdrop.worker.maintenance import Maintenance
from newsdrop.worker.shutdown import StopFlag


class FakeLedger:
    """A ledger with troubles."""

    host = "host"

    def __init__(self, *troubles: Exception) -> None:
        self.troubles = [*troubles]
        self.reports: list[dict[str, Any]] = []

    def report(self, _kind: str, _name: str, values: dict[str, Any], _ttl_s: float) -> None:
        if self.troubles:
            raise self.troubles.pop(0)
        self.reports.append(values)


class FakeReconciler:
    def run(self, stop: threading.Event) -> None:
        stop.wait()


def test_it_outlives_an_outage_and_what_nobody_has_foreseen(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR, "newsdrop.worker")
    ledger = FakeLedger(OutageError("away"), ValueError("odd"), ValueError("odd"), PermissionError("no"))
    maintenance = Maintenance(
        cast(Ledger, ledger),
        cast(Reconciler, FakeReconciler()),
        processes=1,
        interval_s=0.01,
        stopping=StopFlag(),
        in_flight=tmp_path,
    )
    maintenance.start()
    try:
        until(lambda: ledger.reports, "it reports")
        assert maintenance.alive()
    finally:
        maintenance.stop()
    said = [record.exc_info for record in caplog.records if record.exc_info]
    assert [info[0] for info in said] == [ValueError, PermissionError]
