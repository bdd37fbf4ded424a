"""A short run of the fuzzer, and what the fuzzer itself must find."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from tests.fuzz.campaign import Finding, Plan, run
from tests.fuzz.containers import CONTAINERS
from tests.fuzz.damage import DAMAGES, MOST_BYTES
from tests.fuzz.inputs import Maker
from tests.fuzz.markup import MARKUP
from tests.fuzz.planted import planted
from tests.inputs.saved_pages import ROOT


def test_mutated_files_end_as_documents_or_declared_errors_within_their_budgets() -> None:
    campaign = run(Plan(seed=1, inputs=300))
    assert campaign.findings == []
    assert campaign.outcomes["article"] > 100
    assert len(campaign.outcomes) > 5


@pytest.mark.parametrize(
    ("plant", "kind"),
    [
        ("failing", "the step failing failed: ValueError: planted"),
        ("leaving", "SystemExit"),
        ("spinning", "over its CPU time"),
        ("eating", "MemoryError"),
        ("ending", "the process died of SIGSEGV"),
        ("spoiling", "a block has the control character"),
    ],
)
def test_what_may_not_happen_is_found(plant: str, kind: str) -> None:
    told: list[Finding] = []
    campaign = run(Plan(seed=1, inputs=4, planted=partial(planted, plant)), told.append)
    assert told
    assert told == campaign.findings
    assert all(finding.kind.startswith(kind) for finding in told)


def test_an_input_is_the_same_for_everybody_and_every_mutation_is_used() -> None:
    one, other = Maker(7), Maker(7)
    inputs = [one.input(number) for number in range(600)]
    assert inputs[500] == other.input(500)
    assert Maker(8).input(500).data != inputs[500].data
    used = {step for made in inputs for step in made.recipe}
    assert used == {"splice", *(step.__name__ for step in (*DAMAGES, *MARKUP, *CONTAINERS))}
    assert max(len(made.data) for made in inputs) <= 4 * MOST_BYTES


def test_a_folders_files_are_taken_in_place_of_our_own(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(b"0123456789" * 20)
    (tmp_path / "b.html").write_bytes(b"x" * (MOST_BYTES + 1))
    seeds = Maker(1, [tmp_path])
    plain = [one for one in map(seeds.input, range(200)) if one.recipe in (("cut_end",), ("cut_begin",))]
    assert plain
    assert all(one.data in b"0123456789" * 20 for one in plain)


def test_the_command_tells_the_seed_and_keeps_what_it_found(tmp_path: Path) -> None:
    def fuzz(*options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tests.fuzz", *options],
            cwd=ROOT, env={"PYTHONPATH": f"{ROOT}:{ROOT / 'workers'}", "PATH": ""},
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    quiet = fuzz("--inputs", "3", "--out", str(tmp_path / "kept"))
    assert quiet.returncode == 0, quiet.stderr
    assert re.match(r"--seed \d+ --inputs 3\n", quiet.stdout)
    assert not (tmp_path / "kept").exists()
    (tmp_path / "a.md").write_text("[t](https://e.org/a)\n------\n\n<p>字")
    again = fuzz("--again", str(tmp_path / "a.md"))
    assert (again.returncode, "article" in again.stdout) == (0, True)
