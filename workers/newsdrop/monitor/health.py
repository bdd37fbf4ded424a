"""Whether the processes of a role are alive, and whether they can do their work, for deployments' probes.

Liveness depends only on heartbeats on this machine (heartbeat.py): an outage must not make an orchestrator
restart workers that are only waiting. Readiness also asks the servers. Starts and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from newsdrop.heartbeat import Beat, Role

__all__ = ["STALE_S", "Health", "live", "ready"]

#: Without a heartbeat for this long, a process counts as stuck. All waits of ours are shorter.
STALE_S: Final = 120.0


class Health(msgspec.Struct, frozen=True):
    """`reason`: one line for people; if `ok` is false, why."""

    ok: bool
    reason: str


def live(role: Role, beats: Sequence[Beat], now_s: float) -> Health:
    """Whether at least one process of the role runs here, and none is stuck or in trouble.

    Args:
        now_s: the machine's monotonic clock.
    """
    if not beats:
        return Health(
            ok=False,
            reason=f"No {role} process runs here: there is no heartbeat in the state folder "
            "(does it use the same state_dir, NEWSDROP_STATE_DIR?).",
        )
    for beat in beats:
        age_s = now_s - beat.at_s
        if not 0 <= age_s <= STALE_S:
            return Health(
                ok=False, reason=f"The {role} {beat.pid} has written no heartbeat for {age_s:.0f} s."
            )
        if beat.trouble:
            return Health(ok=False, reason=f"The {role} {beat.pid} should be restarted: {beat.trouble}.")
    pids = ", ".join(str(beat.pid) for beat in beats)
    return Health(ok=True, reason=f"{role} {pids}: alive")


def ready(
    role: Role, beats: Sequence[Beat], now_s: float, ask_services: Sequence[Callable[[], object]]
) -> Health:
    """Whether the role's processes here are alive, have started, and reach the servers they need.

    Args:
        ask_services: each asks one server that the role needs.

    Raises:
        OutageError, ConfigError: the errors of `ask_services`.
    """
    alive = live(role, beats, now_s)
    if not alive.ok:
        return alive
    for beat in beats:
        if beat.not_ready:
            return Health(ok=False, reason=f"The {role} {beat.pid} is not ready: {beat.not_ready}.")
    for ask in ask_services:
        ask()
    return Health(ok=True, reason=alive.reason.replace(": alive", ": ready"))
