"""What `newsdrop status` shows of those at work."""

from __future__ import annotations

import msgspec
from rich.console import Console
from tests.unit.cli.test_progress import status

from newsdrop.cli.status import status_view

FOLDER = {"path": "/archive", "mode": "events", "files": 355, "troubles": 0, "scanning": ""}


def shown(**reports: dict[str, dict[str, object]]) -> str:
    console = Console(width=200, record=True, quiet=False)
    with console.capture() as capture:
        console.print(status_view(msgspec.structs.replace(status(), **reports)))
    return capture.get()


def test_folders_are_told_by_name_and_nothing_that_is_empty() -> None:
    values = {"folders": [FOLDER], "unsettled": 0, "full": [], "outage": ""}
    assert "watcher host:1: /archive (events, 355 files), unsettled 0\n" in shown(watchers={"host:1": values})


def test_a_worker_says_that_it_is_stopping_only_when_it_is() -> None:
    values = {"pid": 7, "busy": 0, "stopping": False}
    assert "worker host-7: pid 7, busy 0\n" in shown(workers={"host-7": values})
    assert "worker host-7: pid 7, busy 0, stopping\n" in shown(
        workers={"host-7": {**values, "stopping": True}}
    )


def test_a_folder_that_is_missing_or_has_unreadable_files_says_so() -> None:
    values = {"folders": [{**FOLDER, "present": False, "troubles": 2}]}
    assert "/archive (events, 355 files, missing, 2 that can't be read)" in shown(watchers={"host:1": values})
