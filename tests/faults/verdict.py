"""The end of a campaign: is every file accounted for, once? And the table that says so."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import scan
from tests.faults.leavers import Wanted
from tests.faults.load import Expected
from tests.faults.observer import Injection
from tests.faults.system import System
from tests.models.ledger_invariants import check_invariants

from newsdrop.documents import State
from newsdrop.ledger.ledger import Ledger

__all__ = ["Verdict", "await_leavers", "judge", "judge_at_rest", "table"]

_MEBI = 1 << 20
#: What one process may take, whatever happens. Measured peaks are about half (docs/reliability.md).
_MOST_MEMORY = {
    "watcher": 200 * _MEBI,
    "worker": 250 * _MEBI,
    "worker's child": 400 * _MEBI,
    "Redis": 400 * _MEBI,
}


@dataclass
class Verdict:
    """`problems` is empty if all held. `lost` and `doubled`: files (or members) by path."""

    problems: list[str] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)
    doubled: set[str] = field(default_factory=set)
    files: int = 0
    drops: int = 0
    states: dict[str, int] = field(default_factory=dict)


def judge(system: System, expected: Expected, wanted: Wanted) -> Verdict:
    """Compare everything with everything; the processes still run, and have nothing to do any more.

    Args:
        wanted: what must be in the index, or not, of the files that left.
    """
    verdict = Verdict(files=len(expected.of_file), drops=expected.drops)
    _judge_audit(system, expected, verdict)
    _judge_index(system, expected, wanted, verdict)
    _judge_stranger(system, verdict)
    _judge_letters(system, expected, verdict)
    for role, most in _MOST_MEMORY.items():
        if system.memory.get(role, 0) > most:
            verdict.problems.append(
                f"{role} took {system.memory[role] // _MEBI} MB, more than {most // _MEBI}"
            )
    return verdict


def judge_at_rest(system: System, verdict: Verdict, others: Iterable[str]) -> None:
    """What can be judged only when nothing writes any more.

    Args:
        others: drops that are none of the load's, and may be unknown.
    """
    with system.redis.client() as client:
        try:
            check_invariants(client)
        except AssertionError as error:
            verdict.problems.append(f"an invariant of the ledger is broken: {error}")
        held = client.zcard("newsdrop:batches") + client.zcard("newsdrop:due")
        if held:
            verdict.problems.append(f"{held} batches or due drops are left")
        counts = client.hgetall("newsdrop:counts")
        counted = sum(int(value) for state, value in counts.items() if state != b"put_away")
        counted -= sum(one is not None for one in Ledger(client).lookup(sorted(others)))
        if counted != verdict.drops:
            verdict.problems.append(f"the counts add up to {counted}, and there are {verdict.drops} drops")
    verdict.problems += system.hung + system.unexpected


def _judge_audit(system: System, expected: Expected, verdict: Verdict) -> None:
    done = system.stack.run("audit", str(system.stack.drops), "--json", timeout_s=300)
    audit = json.loads(done.stdout) if done.stdout.startswith("{") else {}
    if done.returncode != 0 or not audit.get("ok"):
        verdict.problems.append(f"the audit isn't clean: {audit.get('unaccounted', done.stderr)}")
    verdict.lost |= {one["path"] for one in audit.get("unaccounted", [])}
    verdict.states = audit.get("states", {})
    if audit.get("files") != expected.drops or audit.get("not_yet_seen"):
        verdict.problems.append(
            f"the audit saw {audit.get('files')} of {expected.drops} files and members, "
            f"{audit.get('not_yet_seen')} of them not yet"
        )


def await_leavers(system: System, wanted: Wanted, patience_s: float) -> None:
    """Until the index has what it must of the files that left, and nothing else; or patience ends."""
    deadline_s = time.monotonic() + patience_s
    while time.monotonic() < deadline_s:
        found = _documents(system).keys()
        if wanted.must <= found and not wanted.never & found:
            return
        time.sleep(2.0)


def _judge_stranger(system: System, verdict: Verdict) -> None:
    with Elasticsearch(system.elasticsearch.url) as client:
        if client.indices.exists(index=system.strange_alias):
            count = client.count(index=system.strange_alias)["count"]
            if count:
                verdict.problems.append(f"a second installation's worker wrote {count} documents")


def _judge_index(system: System, expected: Expected, wanted: Wanted, verdict: Verdict) -> None:
    documents = _documents(system)
    lost, left = wanted.must - documents.keys(), wanted.never & documents.keys()
    if lost or left:
        shown = sorted(documents[one] for one in left)[:5]
        verdict.problems.append(
            f"of the files that left, {len(lost)} articles are lost ({sorted(lost)[:5]}), "
            f"and {len(left)} are there still ({shown})"
        )
    documents = {
        name: source
        for name, source in documents.items()
        if name not in wanted.must | wanted.may | wanted.never
    }
    per_source = Counter(documents.values())
    twice = {source for source, count in per_source.items() if count > 1}
    missing = expected.documents - documents.keys()
    strange = documents.keys() - expected.documents
    verdict.doubled |= twice | {documents[one] for one in strange}
    verdict.lost |= {path for path, (wanted, _) in expected.of_file.items() if wanted & missing}
    if missing or strange or twice:
        verdict.problems.append(
            f"of {len(expected.documents)} articles {len(missing)} aren't in the index; "
            f"{len(strange)} documents have no file, {len(twice)} files several documents"
        )


def _documents(system: System) -> dict[str, str]:
    """Id → the file (and member) it came of, straight from the server."""
    with Elasticsearch(system.elasticsearch.url) as client:
        client.indices.refresh(index=system.stack.alias)
        hits = scan(
            client,
            index=system.stack.alias,
            query={"query": {"match_all": {}}, "_source": ["file.path", "archive.member"]},
            size=2_000,
        )
        return {hit["_id"]: _source_of(hit["_source"]) for hit in hits}


def _source_of(source: dict[str, Any]) -> str:
    path = source["file"]["path"]
    member = source.get("archive", {}).get("member")
    return f"{path}!{member}" if member else str(path)


def _judge_letters(system: System, expected: Expected, verdict: Verdict) -> None:
    letters = [one for one in system.stack.json("dead", "list") if one["status"] == "dead"]
    found = Counter(_letter_source(one) for one in letters)
    missing = expected.letters - found.keys()
    strange = found.keys() - expected.letters
    verdict.lost |= missing
    if missing or strange or any(count > 1 for count in found.values()):
        verdict.problems.append(
            f"{len(missing)} bad files have no letter ({sorted(missing)[:5]}); "
            f"{len(strange)} good ones have one ({[_brief(one, strange) for one in letters][:5]})"
        )
    mirrored = _mirrored(system)
    if mirrored != {one["id"] for one in letters}:
        verdict.problems.append(f"the mirror has {len(mirrored)} open letters of {len(letters)}")


def _letter_source(letter: dict[str, Any]) -> str:
    return f"{letter['path']}!{letter['member']}" if letter.get("member") else str(letter["path"])


def _brief(letter: dict[str, Any], strange: set[str]) -> str:
    return f"{letter['path']}: {letter['error_message']}" if _letter_source(letter) in strange else ""


def _mirrored(system: System) -> set[str]:
    index = f"{system.stack.alias}-letters"
    with Elasticsearch(system.elasticsearch.url) as client:
        if not client.indices.exists(index=index):
            return set()
        client.indices.refresh(index=index)
        return {hit["_id"] for hit in scan(client, index=index, size=2_000) if _is_open(hit["_source"])}


def _is_open(source: dict[str, Any]) -> bool:
    return bool(source["status"] == State.DEAD)


def table(injections: Sequence[Injection], left_out: dict[str, str], verdict: Verdict) -> str:
    """A Markdown table, one line per fault."""
    lines = [
        "| fault | times | files at risk | lost | duplicated | slowest recovery, s |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name in dict.fromkeys(sorted(one.name for one in injections)):
        own = [one for one in injections if one.name == name]
        risk = {path for one in own for path in one.risk}
        recovered = [one.recovered_s for one in own]
        slowest = "never" if None in recovered else f"{max(s for s in recovered if s is not None):.1f}"
        lost, doubled = (_struck(risk, paths) for paths in (verdict.lost, verdict.doubled))
        at_risk = sum(len(one.risk) for one in own)
        lines.append(f"| {name} | {len(own)} | {at_risk:,} | {lost} | {doubled} | {slowest} |")
    lines += [f"| {name} | – | – | – | – | {why} |" for name, why in sorted(left_out.items())]
    return "\n".join(lines)


def _struck(risk: set[str], paths: set[str]) -> int:
    return sum(str(Path(path.partition("!")[0])) in risk for path in paths)
