from __future__ import annotations

import pytest

from newsdrop.errors import OutageError
from newsdrop.heartbeat import Beat, Role
from newsdrop.monitor.health import STALE_S, live, ready

NOW_S = 1_000.0


def beat(age_s: float = 1.0, *, not_ready: str = "", trouble: str = "", pid: int = 7) -> Beat:
    return Beat(role=Role.WORKER, pid=pid, born="1", at_s=NOW_S - age_s, not_ready=not_ready, trouble=trouble)


def test_a_fresh_beat_is_life() -> None:
    assert live(Role.WORKER, [beat()], NOW_S).ok
    assert live(Role.WORKER, [beat(STALE_S)], NOW_S).ok


@pytest.mark.parametrize(
    ("beats", "reason"),
    [
        ([], "No worker process runs here"),
        ([beat(STALE_S + 1)], "no heartbeat for 121 s"),
        ([beat(), beat(500, pid=8)], "worker 8 has written no heartbeat"),
        ([beat(trouble="it is stuck")], "restarted: it is stuck."),
        # The machine was started anew since, and its clock began anew.
        ([beat(-50)], "no heartbeat"),
    ],
)
def test_what_is_no_life(beats: list[Beat], reason: str) -> None:
    for judged in (live(Role.WORKER, beats, NOW_S), ready(Role.WORKER, beats, NOW_S, [])):
        assert not judged.ok
        assert reason in judged.reason
        assert "\n" not in judged.reason


def test_one_that_is_not_ready_lives() -> None:
    beats = [beat(not_ready="it is still starting")]
    assert live(Role.WORKER, beats, NOW_S).ok
    judged = ready(Role.WORKER, beats, NOW_S, [])
    assert (judged.ok, judged.reason) == (False, "The worker 7 is not ready: it is still starting.")


def test_ready_asks_the_services_and_lets_their_errors_pass() -> None:
    asked = []
    assert ready(Role.WORKER, [beat()], NOW_S, [lambda: asked.append(1)]).reason == "worker 7: ready"
    assert asked == [1]

    def down() -> None:
        raise OutageError("Redis is away.")

    with pytest.raises(OutageError):
        ready(Role.WORKER, [beat()], NOW_S, [down])
