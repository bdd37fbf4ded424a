"""How tests start newsdrop's programs so that they can be rigged (`rigging/`): the variables that do it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

__all__ = ["accidents", "python_path"]

ROOT = Path(__file__).resolve().parents[2]


def python_path() -> str:
    """Where a program under test finds newsdrop, and what can rig it."""
    found = [str(ROOT / "workers"), str(Path(__file__).parent / "rigging"), os.environ.get("PYTHONPATH", "")]
    return os.pathsep.join(filter(None, found))


def accidents(files: Mapping[str, str]) -> dict[str, str]:
    """Files by glob pattern → what they do to the worker that begins with them (file_accidents.py)."""
    return {"NEWSDROP_TEST_ACCIDENTS": json.dumps(dict(files))}
