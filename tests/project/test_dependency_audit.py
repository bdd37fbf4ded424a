"""The audit of dependencies never calls success what nobody looked up."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FINE = {"name": "a", "version": "1", "vulns": []}
BAD = {"name": "b", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]}
UNKNOWN = {"name": "c", "skip_reason": "Dependency not found"}


def run(folder: Path, **answers: Any) -> subprocess.CompletedProcess[str]:
    """The script with a stand-in for pip-audit that gives each service's answer."""
    stand_in = folder / "pip-audit"
    stand_in.write_text(
        f"#!{sys.executable}\nimport sys\nservice = sys.argv[sys.argv.index('--vulnerability-service') + 1]\n"
        f"answer = {answers!r}.get(service)\n"
        "sys.exit('requests.exceptions.ConnectionError: no route') if answer is None else print(answer)\n"
    )
    stand_in.chmod(0o755)
    return subprocess.run(
        [sys.executable, str(ROOT / "deploy/dependency-audit"), str(stand_in)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def answer(*packages: dict[str, Any]) -> str:
    return json.dumps({"dependencies": packages})


def test_all_known_and_none_vulnerable_is_success(tmp_path: Path) -> None:
    assert run(tmp_path, pypi=answer(FINE)).returncode == 0


def test_a_vulnerable_one_is_named_with_the_version_that_mends_it(tmp_path: Path) -> None:
    done = run(tmp_path, pypi=answer(FINE, BAD))
    assert done.returncode == 1
    assert "b 2: PYSEC-1, mended in 3" in done.stdout


@pytest.mark.parametrize("pypi", [None, "", "[]", answer(), answer(FINE, UNKNOWN)])
def test_what_cannot_be_told_is_a_failure_of_its_own_and_says_why(tmp_path: Path, pypi: str | None) -> None:
    done = run(tmp_path, pypi=pypi)
    assert done.returncode == 3
    assert "NOT audited" in done.stderr
    assert "osv: requirements.lock: requests.exceptions.ConnectionError: no route" in done.stderr


def test_a_second_service_is_asked_where_the_first_cannot_tell(tmp_path: Path) -> None:
    assert run(tmp_path, pypi=answer(UNKNOWN), osv=answer(FINE)).returncode == 0
    assert run(tmp_path, osv=answer(BAD)).returncode == 1


def test_every_lock_is_looked_up(tmp_path: Path) -> None:
    done = run(tmp_path, pypi=answer(BAD))
    locks = {path.name for path in (ROOT / "deploy").glob("*.lock")}
    assert len(locks) > 5
    assert [name for name in locks if f"({name})" not in done.stdout] == []
