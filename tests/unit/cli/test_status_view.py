from __future__ import annotations

from io import StringIO
from typing import Any

import msgspec
import pytest
from rich.console import Console

from newsdrop.cli.status_view import StateRates, status_view
from newsdrop.documents import State
from newsdrop.ledger.installation import LedgerIndex
from newsdrop.monitor.alarms import ago
from newsdrop.monitor.status import IndexFacts, LedgerFacts, Queue, Services, Status
from newsdrop.ports import HeldRemoval, IndexIdentity

NOW_MS = 1_760_000_000_000
WATCHER: dict[str, Any] = {
    "unsettled": 2,
    "waiting": 7,
    "healed": 0,
    "full": [],
    "outage": "",
    "folders": [{"path": "/in", "mode": "events", "present": True, "files": 355, "rescanned_ago_s": 12}],
}
WAITED = {"newsdrop.ingest": 300.0}
WORKER = {"busy": 3, "processes": 4, "started_ms": NOW_MS - 7_200_000, "version": "0.1.0", "stopping": False}


def status(**changed: Any) -> Status:
    states = {state.value: 0 for state in State} | {"queued": 1_200, "indexed": 40}
    queue = Queue(lanes={"newsdrop.ingest": 1_200}, batches=19, due=0, inbox=0, gate=None)
    made = Status(
        states=states,
        queue=queue,
        letters={},
        watchers={"host:1": WATCHER},
        workers={"host-2": WORKER},
        services=Services(redis="r", index="i"),
        ledger=LedgerFacts(born="b"),
        index=IndexFacts(documents=40),
    )
    return msgspec.structs.replace(made, **changed)


def shown(one: Status, **how: Any) -> str:
    console = Console(width=200, file=StringIO())
    console.print(status_view(one, now_ms=NOW_MS, **how))
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def test_counts_queues_and_who_is_at_work_are_shown_in_words() -> None:
    text = shown(status())
    assert "1,200" in text
    assert "worker host-2: 3 of 4 processes busy, up 2 h, version 0.1.0" in text
    assert (
        "watcher host:1: 2 still being written, 7 to enqueue; /in (events, 355 files, rescanned 12 s ago)"
        in text
    )
    assert "change/s" not in text


def test_a_folder_that_is_being_scanned_says_why() -> None:
    folder = {**WATCHER["folders"][0], "scanning": "ledger_reset"}
    text = shown(status(watchers={"host:1": {**WATCHER, "folders": [folder]}}))
    assert "/in (events, 355 files, being scanned (ledger reset))" in text
    assert "files/s" not in text
    assert "{" not in text


def test_a_folder_says_what_it_passed_over_and_why() -> None:
    folder = WATCHER["folders"][0] | {"passed_over": {"asset": 1_200, "hidden": 3}}
    text = shown(status(watchers={"host:1": WATCHER | {"folders": [folder]}}))
    assert "passed over 1,203 (1,200 asset, 3 hidden)" in text


def test_fewer_articles_than_files_are_explained() -> None:
    states = status().states | {"indexed": 5_900, "superseded": 7}
    text = shown(status(states=states, index=IndexFacts(documents=5_883)))
    assert "5,907 files, 5,883 articles: 24 share a URL with another, or can't be sea" in text
    assert "share a URL" not in shown(status())
    assert "share a URL" not in shown(status(states=states, index=IndexFacts(error="away")))


def test_an_embedded_index_knows_every_article_at_once() -> None:
    here = IndexIdentity(kind="local", id="1", alias="", letters="", where="/state/index.sqlite3")
    ledger = LedgerFacts(born="b", index=LedgerIndex(index=here))
    text = shown(
        status(states=status().states | {"indexed": 2}, index=IndexFacts(documents=1), ledger=ledger)
    )
    assert "2 files, 1 article: 1 shares a URL with another\n" in text.replace(" \n", "\n")


def test_what_stops_the_work_stands_first_with_its_age() -> None:
    queue = msgspec.structs.replace(
        status().queue,
        gate="index: it is down",
        gate_since_ms=NOW_MS - 240_000,
        oldest_s=WAITED,
    )
    text = shown(status(queue=queue))
    assert "Work is paused (for 4 min): index: it is down" in text
    assert "newsdrop.ingest 1,200 (oldest message 5 min)" in text
    assert text.index("Work is paused") < text.index("queues:")


def test_missing_workers_and_folders_and_an_outage_are_alarms() -> None:
    watcher = WATCHER | {"folders": [{"path": "/gone", "mode": "polling", "present": False, "troubles": 2}]}
    text = shown(status(workers={}, watchers={"w": watcher}), outage="Redis doesn't answer.")
    assert "Not up to date: Redis doesn't answer." in text
    assert "Work is waiting, but no worker has reported recently" in text
    assert "The folder /gone is missing or not mounted." in text
    assert "/gone (polling, ? files, not rescanned yet, missing, 2 that can't be taken or put away)" in text


def test_rates_are_those_of_the_last_seconds_and_may_be_negative() -> None:
    rates = StateRates(window_s=10)
    assert rates.per_second() == {}
    for second in range(30):
        rates.look(float(second), {"indexed": 5 * second, "queued": 100 - second, "dead": 1})
    assert rates.per_second() == {"indexed": 5.0, "queued": -1.0, "dead": 0.0}
    text = shown(status(), rates=rates.per_second(), files_per_s=12.34)
    assert "settled lately: 12.3 files/s" in text
    assert "+5.0" in text
    assert "-1.0" in text


def test_two_looks_that_are_far_apart_still_give_a_rate() -> None:
    rates = StateRates(window_s=1)
    rates.look(0.0, {"indexed": 0})
    rates.look(60.0, {"indexed": 120})
    assert rates.per_second() == {"indexed": 2.0}


def test_what_a_report_smuggles_in_never_reaches_the_terminal() -> None:
    assert "\x1b" not in shown(status(workers={"host\x1b[2J": WORKER}))


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7_200, "2 h"), (200_000, "2 d")]
)
def test_spans_of_time_in_their_largest_fitting_unit(seconds: float, words: str) -> None:
    assert ago(seconds) == words


def test_removals_that_wait_for_a_person_are_an_alarm_until_they_are_confirmed() -> None:
    held = HeldRemoval(articles=812, of=1_000, since_ms=NOW_MS - 600_000)
    text = shown(status(held={"/in": held}))
    assert "Nothing of /in is removed (for 10 min): 812 of its 1,000 articles have no file" in text
    assert "`newsdrop watch --confirm-removals`" in text
    text = shown(status(held={"/in": msgspec.structs.replace(held, confirmed=812)}))
    assert "confirmed, a watcher will do it" in text


def test_what_newsdrop_put_away_is_counted() -> None:
    assert "put away" not in shown(status())
    assert "moved or deleted by newsdrop itself: 1,234 files" in shown(status(put_away=1_234))


def test_a_folder_that_a_workers_host_lacks_is_an_alarm() -> None:
    text = shown(status(workers={"h-1": {**WORKER, "missing": ["/news"]}}))
    assert "Worker h-1 lacks /news, in which a watcher sees files: mount it" in text


def test_a_link_that_leads_elsewhere_is_an_alarm() -> None:
    folder = {**WATCHER["folders"][0], "elsewhere": "/other"}
    text = shown(status(watchers={"host:1": {**WATCHER, "folders": [folder]}}))
    assert "The path of /in now leads to /other: restart watcher and workers" in text
