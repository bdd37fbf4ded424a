"""Whether a Kibana is there, ready, new enough for our objects, and has the space. Reads only."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from urllib.parse import quote

from newsdrop.errors import ConfigError, OutageError
from newsdrop.kibana.objects import OLDEST_KIBANA
from newsdrop.kibana.server import Kibana

__all__ = ["await_server", "check_server"]

_ASK_EVERY_S = 2.0


def check_server(kibana: Kibana) -> str | None:
    """The version of a Kibana that accepts newsdrop's objects and has the space; None if it doesn't say.

    Raises:
        OutageError: it can't be reached.
        ConfigError: it is too old, isn't Kibana, or lacks the space.
    """
    status = kibana.get("/api/status", in_space=False)
    if status.status != 200 or not isinstance(status.body, dict) or "status" not in status.body:
        raise ConfigError(f"What answers at {kibana.where} is not Kibana ({status.status}: {status.reason}).")
    number: str | None = status.body.get("version", {}).get("number")
    _refuse_old(kibana, number)
    if kibana.space is not None:
        found = kibana.get(f"/api/spaces/space/{quote(kibana.space, safe='')}", in_space=False)
        if found.status == 404:
            raise ConfigError(f"Kibana at {kibana.where} has no space {kibana.space!r}: create it first.")
        kibana.expect(found, f"The space {kibana.space!r} can't be looked up")
    return number


def await_server(
    kibana: Kibana,
    wait_s: float,
    *,
    clock_s: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> str | None:
    """As `check_server`, for a Kibana that may still be starting: asks again for up to `wait_s` seconds."""
    deadline_s = clock_s() + wait_s
    while True:
        try:
            return check_server(kibana)
        except OutageError:
            if clock_s() >= deadline_s:
                raise
        sleep(_ASK_EVERY_S)


def _refuse_old(kibana: Kibana, number: str | None) -> None:
    found = re.match(r"(\d+)\.(\d+)", number or "")
    if found and (int(found[1]), int(found[2])) < OLDEST_KIBANA:
        oldest = ".".join(map(str, OLDEST_KIBANA))
        raise ConfigError(
            f"Kibana at {kibana.where} is version {number}; our objects need {oldest} or newer, and a Kibana "
            "doesn't accept objects from a newer one."
        )
