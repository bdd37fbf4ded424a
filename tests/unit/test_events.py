from __future__ import annotations

import logging
import re
from typing import Any

import pytest

from newsdrop.events import CATALOGUE, emit


def _values(name: str) -> dict[str, Any]:
    return dict.fromkeys(CATALOGUE[name][1], 1)


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_event_is_logged_at_its_level_with_all_its_keys(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    level, keys = CATALOGUE[name]
    with caplog.at_level(logging.DEBUG, "newsdrop"):
        emit(name, **_values(name))
    (record,) = caplog.records
    assert (record.name, record.levelno, record.getMessage()) == ("newsdrop", level, name)
    assert record.__dict__["event_name"] == name
    assert record.__dict__["event_values"].keys() == set(keys)


@pytest.mark.parametrize("level", [logging.DEBUG, logging.CRITICAL])
def test_a_missing_key_is_refused_whether_anybody_listens_or_not(
    level: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(level, "newsdrop"), pytest.raises(TypeError, match=r"gate\.closed takes"):
        emit("gate.closed", service="redis")


def test_a_key_too_many_is_refused() -> None:
    with pytest.raises(TypeError, match=r"gate\.opened takes"):
        emit("gate.opened", service="redis", reason="none")


def test_an_event_that_is_not_in_the_catalogue_is_refused() -> None:
    with pytest.raises(KeyError):
        emit("gate.ajar")


def test_an_event_below_the_level_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "newsdrop"):
        emit("gate.opened", service="redis")
    assert not caplog.records


def test_names_are_room_and_what_and_keys_are_words() -> None:
    for name, (level, keys) in CATALOGUE.items():
        assert re.fullmatch(r"[a-z]+\.[a-z_]+", name)
        assert level in {logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR}
        assert len(set(keys)) == len(keys)
        assert all(re.fullmatch(r"[a-z][a-z_]*", key) for key in keys)


def test_no_key_hides_a_logging_attribute() -> None:
    taken = logging.makeLogRecord({}).__dict__.keys()
    assert not taken & {"event_name", "event_values"}
