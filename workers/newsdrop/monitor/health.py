"""Whether the processes of a role are alive, and whether they can do their work, for deployments' probes.

Alive is judged by signs of life on this machine alone (heartbeat.py): no outage may make an orchestrator
restart workers that only wait. Ready asks the servers as well. Refuses to start or change anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from newsdrop.heartbeat import Beat, Role

__all__ = ["STALE_S", "Health", "live", "ready"]

#: Without a sign of life for so long a process counts as stuck. Every wait of ours is bounded to less.
STALE_S: Final = 120.0


class Health(msgspec.Struct, frozen=True):
    """`reason`: one line for people; why not, where `ok` is false."""

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
            reason=f"No {role} process runs here: none has given a sign of life in the state folder "
            "(does it use the same state_dir, NEWSDROP_STATE_DIR?).",
        )
    for beat in beats:
        age_s = now_s - beat.at_s
        if not 0 <= age_s <= STALE_S:
            return Health(
                ok=False, reason=f"The {role} {beat.pid} has given no sign of life for {age_s:.0f} s."
            )
        if beat.trouble:
            return Health(ok=False, reason=f"The {role} {beat.pid} should be started again: {beat.trouble}.")
    pids = ", ".join(str(beat.pid) for beat in beats)
    return Health(ok=True, reason=f"{role} {pids}: alive")


def ready(
    role: Role, beats: Sequence[Beat], now_s: float, ask_services: Sequence[Callable[[], object]]
) -> Health:
    """Whether the role's processes here are alive, begun with their work, and have what they need.

    Args:
        ask_services: each asks one server that the role needs.

    Raises:
        OutageError, ConfigError: what those raise.
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
