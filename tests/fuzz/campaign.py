"""Inputs read one after the other in a process of its own, each within a budget; what goes wrong is kept.

    the parent   makes no input until one is found to be wrong, and outlives whatever it does to the child
    the child    says which input it begins, reads it, says what was wrong with it

An input that ends the process, or that no budget of ours stops, is found by who outlives it: the child's
CPU timer ends it at last.
"""

from __future__ import annotations

import resource
import signal
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, NamedTuple

from tests.fuzz.inputs import Maker
from tests.fuzz.reading import FileReading, WrongDocumentError

from newsdrop.enrich.steps import Step
from newsdrop.worker.file_timer import memory_limit

__all__ = ["CPU_S", "MEMORY_BYTES", "Campaign", "Finding", "Plan", "examine", "run"]

#: What reading one input may take.
CPU_S: Final = 1.0
MEMORY_BYTES: Final = 200_000_000
#: When the child is ended: the input is no longer slow, it never ends.
_ENDLESS_S: Final = 20.0
_DETAIL_CHARS: Final = 4_000


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to read: `seed` and the numbers say which inputs; `folders` hold files to make them of."""

    seed: int
    inputs: int
    first: int = 0
    folders: tuple[Path, ...] = ()
    #: Makes steps that come after the usual ones; for tests of this very campaign.
    planted: Callable[[], Sequence[Step]] | None = None


class Finding(NamedTuple):
    """What was wrong with one input. `kind` is the same for what is wrong in the same way."""

    number: int
    kind: str
    detail: str


@dataclass
class Campaign:
    """What came of a plan."""

    outcomes: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    slowest_s: float = 0.0
    slowest: int | None = None
    peak_bytes: int = 0


def run(plan: Plan, say: Callable[[Finding], None] = lambda _finding: None) -> Campaign:
    """Read every input of a plan; `say` is told of each finding at once."""
    campaign = Campaign()
    at, end = plan.first, plan.first + plan.inputs
    while at < end:
        at = _one_child(plan, at, end, campaign, say)
    return campaign


def examine(reading: FileReading, path: Path, number: int = 0) -> tuple[list[str], float, Finding | None]:
    """The outcomes of one file, the CPU seconds that it took, and what is wrong with it."""
    begun_s = time.process_time()
    try:
        with memory_limit(MEMORY_BYTES):
            outcomes = reading.outcomes(path)
    except (Exception, SystemExit) as error:  # noqa: BLE001  whatever leaves is what we look for
        kind = _kind_of(error)
        return (
            [kind],
            time.process_time() - begun_s,
            Finding(number, kind, traceback.format_exc()[-_DETAIL_CHARS:]),
        )
    spent_s = time.process_time() - begun_s
    if spent_s <= CPU_S:
        return outcomes, spent_s, None
    return outcomes, spent_s, Finding(number, "over its CPU time", f"{spent_s:.2f} s")


def _kind_of(error: BaseException) -> str:
    """The exception, and the innermost place of ours that it came from."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/newsdrop/" in frame.filename]
    if isinstance(error, WrongDocumentError):
        return str(error).split("'")[0].strip()
    place = f" in {Path(ours[-1].filename).name}, {ours[-1].name}" if ours else ""
    return f"{type(error).__name__}{place}"


def _one_child(plan: Plan, first: int, end: int, campaign: Campaign, say: Callable[[Finding], None]) -> int:
    """One child until it is through, or dead; gives the number that the next one begins with."""
    context = get_context("spawn")
    told, telling = context.Pipe(duplex=False)
    child = context.Process(target=_work, args=(plan, first, end, telling), daemon=True)
    child.start()
    telling.close()
    at = first - 1
    with told:
        while True:
            try:
                message = told.recv()
            except EOFError:
                break
            if isinstance(message, int):
                at = message
            else:
                _take(campaign, message, say)
    child.join()
    if child.exitcode == 0:
        return end
    if at < first:
        raise RuntimeError(f"the reading process ended with {child.exitcode} before its first input")
    ending = (
        signal.Signals(-(child.exitcode or 0)).name if (child.exitcode or 0) < 0 else f"exit {child.exitcode}"
    )
    kind = "never ends" if ending == signal.SIGVTALRM.name else f"the process died of {ending}"
    finding = Finding(at, kind, kind)
    campaign.findings.append(finding)
    say(finding)
    return at + 1


class _Told(NamedTuple):
    """What the child says of one input."""

    number: int
    outcomes: list[str]
    spent_s: float
    peak_bytes: int
    finding: Finding | None


def _take(campaign: Campaign, told: _Told, say: Callable[[Finding], None]) -> None:
    campaign.outcomes.update(told.outcomes)
    campaign.peak_bytes = max(campaign.peak_bytes, told.peak_bytes)
    if told.spent_s > campaign.slowest_s:
        campaign.slowest_s, campaign.slowest = told.spent_s, told.number
    if told.finding is not None:
        campaign.findings.append(told.finding)
        say(told.finding)


def _work(plan: Plan, first: int, end: int, telling: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    reading = FileReading(plan.planted() if plan.planted is not None else ())
    maker = Maker(plan.seed, plan.folders)
    with tempfile.TemporaryDirectory(prefix="newsdrop-fuzz-") as folder:
        for number in range(first, end):
            one = maker.input(number)
            path = Path(folder) / one.name
            path.write_bytes(one.data)
            telling.send(number)
            telling.send(_read(reading, path, number))
            path.unlink()


def _read(reading: FileReading, path: Path, number: int) -> _Told:
    # The default action of SIGVTALRM ends the process.
    signal.setitimer(signal.ITIMER_VIRTUAL, _ENDLESS_S)
    outcomes, spent_s, finding = examine(reading, path, number)
    if finding is not None and spent_s > CPU_S:
        # Once more: who shares the processor, and what the libraries load at first, is no fault of the input.
        with suppress(Exception):
            outcomes, again_s, finding = examine(reading, path, number)
            spent_s = min(spent_s, again_s)
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return _Told(number, outcomes, spent_s, peak_bytes, finding)
