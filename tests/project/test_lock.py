"""The lock is made by one Python and installed by others: what only those need must stand in it, too."""

from __future__ import annotations

from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCK = Path(__file__).parents[2] / "deploy/requirements.lock"
PYTHONS = ("3.11.0", "3.11.2", "3.11.9", "3.12.4", "3.13.1", "3.14.0")


def locked() -> list[Requirement]:
    lines = LOCK.read_text("utf-8").splitlines()
    return [Requirement(line.removesuffix("\\").strip()) for line in lines if line and line[0].isalnum()]


@pytest.mark.parametrize("version", PYTHONS)
def test_the_lock_is_whole_on_every_python(version: str) -> None:
    python = {
        "python_full_version": version,
        "python_version": version.rpartition(".")[0],
        "platform_system": "Linux",
        "sys_platform": "linux",
        "extra": "",
    }
    pinned = {
        canonicalize_name(one.name) for one in locked() if one.marker is None or one.marker.evaluate(python)
    }
    for name in sorted(pinned):
        try:
            needs = [Requirement(text) for text in requires(name) or ()]
        except ModuleNotFoundError:
            continue  # of another Python than this one
        missing = {
            one.name
            for one in needs
            if (one.marker is None or one.marker.evaluate(python))
            and canonicalize_name(one.name) not in pinned
        }
        assert missing == set(), f"{name} needs them"
