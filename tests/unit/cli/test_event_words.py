from __future__ import annotations

import json
import logging

import pytest

from newsdrop.cli import event_words
from newsdrop.cli.event_words import in_words
from newsdrop.cli.logs import set_up_logs
from newsdrop.events import CATALOGUE, emit
from newsdrop.settings import Log


@pytest.fixture(autouse=True)
def _json_logs() -> None:
    set_up_logs(Log(format="json"), service=True)


@pytest.mark.parametrize("name", sorted(event_words._WORDS))
def test_each_event_is_told_with_values_that_its_log_line_has(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    emit(name, **{key: f"<{key}>" for key in CATALOGUE[name][1]})
    told = in_words(json.loads(capsys.readouterr().err))
    assert "?" not in told
    assert name not in told
    assert "=" not in told.replace(" = ", "")


def test_an_event_without_words_is_shown_as_logged() -> None:
    assert in_words({"event.action": "child.exited", "message": "as it is"}) == "as it is"
    assert in_words({"message": "of a library"}) == "of a library"


def test_every_event_that_people_are_shown_has_words() -> None:
    loud = {name for name, (level, _) in CATALOGUE.items() if level >= logging.WARNING}
    told_elsewhere = {"drop.dead", "drop.retrying", "child.exited", "metrics.outage"}
    assert loud - told_elsewhere == set(event_words._WORDS)
