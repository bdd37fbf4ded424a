"""What must be in the index of files that left, and which bulks take documents away."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis
from tests.faults import verdict
from tests.faults.elasticsearch_proxy import deletes
from tests.faults.leavers import Leavers, Wanted, _Leaver, _Taken
from tests.faults.load import Expected
from tests.faults.settlements import Settlements, _settled_s

from newsdrop.documents import Stamp, State
from newsdrop.ledger.ledger import Entry


@pytest.fixture
def settlements() -> Settlements:
    def no_ledger() -> redis.Redis:
        raise AssertionError("no test here looks at a ledger")

    return Settlements(no_ledger)


@pytest.fixture
def leavers(tmp_path: Path, settlements: Settlements) -> Leavers:
    return Leavers(settlements, tmp_path / "leaves", tmp_path / "taken", seed=1)


def leaver(document: str, *, stays: bool, left_s: float | None) -> _Leaver:
    return _Leaver(Path(f"/{document}"), document, stays, written_s=100.0, due_s=110.0, left_s=left_s)


def test_an_article_goes_with_its_only_file(leavers: Leavers, settlements: Settlements) -> None:
    leavers._leavers = [
        leaver("alone", stays=False, left_s=110.0),
        leaver("twin", stays=True, left_s=110.0),
        leaver("here", stays=False, left_s=None),
    ]
    assert leavers.wanted([], []) == Wanted(must={"twin", "here"}, never={"alone"})
    # Emptied while the file was there, or before the work of its leaving was done: nobody can tell.
    for forgot in ([(105.0, 105.5)], [(99.0, 100.5)], [(500.0, 501.0)]):
        assert leavers.wanted(forgot, []) == Wanted(must={"twin", "here"}, may={"alone"})
    assert leavers.wanted([(98.0, 99.0)], []).never == {"alone"}
    settlements._settled_s["/alone"] = 130.0
    assert leavers.wanted([(98.0, 99.0), (500.0, 501.0)], []).never == {"alone"}
    assert leavers.wanted([(129.0, 131.0)], []).may == {"alone"}


def test_a_file_that_left_is_settled_until_the_ledger_is_set_back() -> None:
    def entry(state: State) -> Entry:
        return Entry(state=state, attempts=0, deaths=0, time_s=0, stamp=Stamp(1, 1))

    assert _settled_s(None, entry(State.INDEXED), 5.0) is None
    assert _settled_s(None, entry(State.REMOVED), 5.0) == 5.0
    assert _settled_s(5.0, entry(State.GONE), 6.0) == 5.0
    assert _settled_s(5.0, None, 6.0) == 5.0
    assert _settled_s(None, None, 6.0) is None
    assert _settled_s(5.0, entry(State.INDEXED), 6.0) is None


def test_what_newsdrop_deletes_stays_but_for_a_note_that_a_power_cut_took(leavers: Leavers) -> None:
    leavers._put_away = [_Taken(Path("/a"), "a", 110.0), _Taken(Path("/b"), "b", None)]
    assert leavers.wanted([(110.0, 110.5)], []) == Wanted(must={"a", "b"})
    assert leavers.wanted([(110.0, 110.5)], [110.5]) == Wanted(must={"b"}, may={"a"})


def test_lost_and_left_articles_are_problems(monkeypatch: pytest.MonkeyPatch) -> None:
    there = {"load": "/l", "kept": "/k", "left": "/f", "perhaps": "/p"}
    monkeypatch.setattr(verdict, "_documents", lambda _system: there)
    wanted = Wanted(must={"kept", "lost"}, may={"perhaps"}, never={"left"})
    found = verdict.Verdict()
    verdict._judge_index(None, Expected(documents={"load"}), wanted, found)  # type: ignore[arg-type]
    (problem,) = found.problems
    assert "1 articles are lost (['lost'])" in problem
    assert "1 are there still (['/f'])" in problem
    whole = verdict.Verdict()
    others = Wanted(must={"kept"}, may={"left", "perhaps"})
    verdict._judge_index(None, Expected(documents={"load"}), others, whole)  # type: ignore[arg-type]
    assert whole.problems == []


def test_a_bulk_that_deletes_is_told_from_one_that_writes() -> None:
    write = b'{"index":{"_id":"a"}}\n{"text":"delete"}\n'
    assert not deletes(write)
    assert deletes(write + b'{"delete":{"_id":"b"}}\n')
