"""What a user would pick instead, on the same folder and the same Elasticsearch: one table.

    python -m benchmarks.peers [--files 6000] [--rounds 3]
        [--fscrawler HOME] [--filebeat BINARY] [--logstash HOME]

Each round runs each program once, and the first round, which warms the servers up, doesn't count. Measured is
from the command's start to the last document searchable, and the CPU time of the program (with newsdrop: of
its Redis, too) and of Elasticsearch. The others index what a file contains, as it is; newsdrop reads it. All
have an index of their own with their own analysis, and bulks of about 1,000 documents where that can be set.
"""

from __future__ import annotations

import argparse
import os
import resource
import shlex
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, NamedTuple

from elasticsearch import Elasticsearch
from tests.servers.elasticsearch_server import find_java

from benchmarks.pipeline import link
from benchmarks.processes import cpu_seconds
from benchmarks.stack import NEWSDROP, Stack, running_stack
from benchmarks.suite import corpus

__all__ = ["Cost", "Program", "chosen", "filebeat", "fscrawler", "logstash", "newsdrop", "race", "table"]

_LOOK_EVERY_S = 0.1
_PATIENCE_S = 900.0
#: What a program that has ended left to the index is searchable by then.
_SETTLED_S = 30.0
_BULK = 1_000
_TAIL_BYTES = 2_000
#: A file is one event: no line begins with this.
_NEVER = "^\\x00"
_JAVA = 17


@dataclass(frozen=True)
class Program:
    """Something that brings a folder's files into Elasticsearch.

    Attributes:
        commands: what is started, all at once.
        index: what it writes to.
        servers: the ids of what works for it and runs anyway.
        memory: where it keeps what it has read; it starts without.
    """

    name: str
    commands: Sequence[Sequence[str]]
    index: str
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    servers: Sequence[int] = ()
    memory: Path | None = None


class Cost(NamedTuple):
    """What one run took."""

    seconds: float
    cpu_s: float


def newsdrop(stack: Stack) -> list[Program]:
    """The two ways to use it: one command without a queue, and what an installation runs."""
    redis = [stack.redis.process.pid] if stack.redis.process else []
    ways = {
        "newsdrop ingest": [[*NEWSDROP, "ingest", str(stack.drops)]],
        "newsdrop watch, worker": [[*NEWSDROP, "watch"], [*NEWSDROP, "worker"]],
    }
    return [
        Program(name, commands, stack.alias, stack.environment, servers=redis)
        for name, commands in ways.items()
    ]


def fscrawler(home: Path, base: Path, folder: Path, url: str) -> Program:
    """FSCrawler 3 or 2.10 from its unpacked distribution, one scan; only the former knows `urls`."""
    job = _fresh(base / "fscrawler") / "peer"
    job.mkdir()
    (job / "_settings.yaml").write_text(
        f'name: "peer"\nfs:\n  url: "{folder}"\n  indexed_chars: "-1"\n  index_folders: false\n  ocr:\n'
        f'    enabled: false\nelasticsearch:\n  urls: ["{url}"]\n  nodes:\n  - url: "{url}"\n'
        '  index: "peer-fscrawler"\n'
        f'  bulk_size: {_BULK}\n  byte_size: "100mb"\n  ssl_verification: false\n  semantic_search: false\n'
    )
    command = [str(home / "bin" / "fscrawler"), "--config_dir", str(job.parent), "--loop", "1", "--restart"]
    return Program("FSCrawler", [[*command, "peer"]], "peer-fscrawler", _with_java(os.environ))


def filebeat(binary: Path, base: Path, folder: Path, url: str) -> Program:
    """Filebeat, each file as one event, until all are read."""
    place = _fresh(base / "filebeat")
    settings = place / "filebeat.yml"
    settings.write_text(
        f'filebeat.inputs:\n- type: filestream\n  id: peer\n  paths: ["{folder}/*"]\n'
        "  close.reader.on_eof: true\n  file_identity.native: ~\n"
        "  prospector.scanner.fingerprint.enabled: false\n"
        f"  parsers:\n  - multiline: {{type: pattern, pattern: '{_NEVER}', negate: true, match: after, "
        "max_lines: 100000}\n"
        f'output.elasticsearch:\n  hosts: ["{url}"]\n  index: "peer-filebeat"\n  bulk_max_size: {_BULK}\n'
        "setup.template.enabled: false\nsetup.ilm.enabled: false\n"
    )
    # The file belongs to whoever runs this.
    options = ["--strict.perms=false", "--path.home", str(place), "--path.data", str(place / "data")]
    command = [str(binary), "--once", "-c", str(settings), *options]
    return Program("Filebeat", [command], "peer-filebeat", memory=place / "data")


def logstash(home: Path, base: Path, folder: Path, url: str) -> Program:
    """Logstash, each file as one event, until all are read."""
    place = _fresh(base / "logstash")
    settings = place / "peer.conf"
    settings.write_text(
        f'input {{ file {{ path => "{folder}/*" mode => "read" exit_after_read => true '
        f'sincedb_path => "/dev/null" file_completed_action => "log" '
        f'file_completed_log_path => "{place / "completed"}" '
        f'codec => multiline {{ pattern => "{_NEVER}" negate => true what => "previous" '
        f"max_lines => 100000 auto_flush_interval => 1 }} }} }}\n"
        f'output {{ elasticsearch {{ hosts => ["{url}"] index => "peer-logstash" manage_template => false '
        f"data_stream => false }} }}\n"
    )
    command = [str(home / "bin" / "logstash"), "-f", str(settings), "--path.data", str(place / "data")]
    return Program(
        "Logstash", [[*command, "--pipeline.batch.size", str(_BULK)]], "peer-logstash", _with_java(os.environ)
    )


def chosen(given: argparse.Namespace, stack: Stack) -> list[Program]:
    """newsdrop, and whichever others were named."""
    makers = (
        (fscrawler, given.fscrawler, "bin/fscrawler"),
        (filebeat, given.filebeat, ""),
        (logstash, given.logstash, "bin/logstash"),
    )
    others = []
    for make, place, inside in makers:
        if place is None:
            continue
        if not os.access(place / inside, os.X_OK):
            raise SystemExit(f"{place / inside} is no program: name the place where it is installed.")
        others.append(make(place, stack.base, stack.drops, stack.elasticsearch.url))
    return [*newsdrop(stack), *others]


def race(
    program: Program,
    searchable: Callable[[], int],
    wanted: int,
    *,
    patience_s: float = _PATIENCE_S,
    settled_s: float = _SETTLED_S,
) -> Cost:
    """Run a program until so many documents are searchable, and end it.

    Raises:
        SystemExit: it failed or ended before, or takes too long; with the end of what it said.
    """
    reaped_s = _reaped_s()
    with ExitStack() as ends:
        begun_s = time.perf_counter()
        running = [ends.enter_context(_started(command, program)) for command in program.commands]
        used_s, seen, seen_s = 0.0, -1, begun_s
        while (count := searchable()) < wanted:
            used_s = max(used_s, sum(cpu_seconds(process.pid) for process in running))
            if count != seen or any(process.poll() is None for process in running):
                seen, seen_s = count, time.perf_counter()
            _check(
                program,
                running,
                f"{count:,} of {wanted:,} documents are searchable",
                done=time.perf_counter() - seen_s > settled_s,
            )
            if time.perf_counter() - begun_s > patience_s:
                raise SystemExit(f"{program.name}: {count:,} of {wanted:,} documents after {patience_s:g} s.")
            time.sleep(_LOOK_EVERY_S)
        seconds = time.perf_counter() - begun_s
        used_s = max(used_s, sum(cpu_seconds(process.pid) for process in running))
    # What ended by itself between two looks is told by the kernel when it is waited for.
    ended = all(process.returncode == 0 for process in running)
    return Cost(seconds, max(used_s, _reaped_s() - reaped_s) if ended else used_s)


@contextmanager
def _started(command: Sequence[str], program: Program) -> Iterator[subprocess.Popen[bytes]]:
    with TemporaryFile() as log:
        # A group of its own: some begin with a shell script.
        process = subprocess.Popen(
            command, env=program.environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield process
        except BaseException:
            sys.stderr.write(f"{shlex.join(command)} said at last:\n{_tail(log)}\n")
            raise
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
                try:
                    process.wait(60)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()


def _check(
    program: Program, running: Sequence[subprocess.Popen[bytes]], standing: str, *, done: bool
) -> None:
    """A command that succeeded may wait for the index's refresh, until that is `done`; no other waits."""
    for process in running:
        if process.poll() or done:
            raise SystemExit(f"{program.name} ended with code {process.returncode}: {standing}.")


def _tail(log: IO[bytes]) -> str:
    # Not by reading on: the process writes where the file stands.
    length = os.fstat(log.fileno()).st_size
    return os.pread(log.fileno(), _TAIL_BYTES, max(0, length - _TAIL_BYTES)).decode("utf-8", "replace")


def _reaped_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _fresh(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def _with_java(environment: Mapping[str, str]) -> dict[str, str]:
    return {**environment, "JAVA_HOME": str(find_java(_JAVA))}


class Row(NamedTuple):
    """One program in one round: documents a second, and ms of CPU a document."""

    docs_s: float
    own_ms: float
    elasticsearch_ms: float


def _measured(stack: Stack, program: Program, files: list[Path]) -> Row:
    stack.fresh()
    link(files, stack.drops)
    if program.memory is not None:
        shutil.rmtree(program.memory, ignore_errors=True)
    client = Elasticsearch(stack.elasticsearch.url, request_timeout=60)
    if program.index != stack.alias:
        client.indices.delete(index=program.index, ignore_unavailable=True)

    def searchable() -> int:
        return int(client.count(index=program.index, ignore_unavailable=True)["count"])

    def used() -> tuple[float, float]:
        return sum(map(cpu_seconds, program.servers)), cpu_seconds(stack.elasticsearch.pid)

    before = used()
    cost = race(program, searchable, len(files))
    servers_s, elasticsearch_s = (now - then for now, then in zip(used(), before, strict=True))
    client.close()
    per_file = 1000 / len(files)
    return Row(len(files) / cost.seconds, per_file * (cost.cpu_s + servers_s), per_file * elasticsearch_s)


def table(rows: Mapping[str, Sequence[Row]]) -> str:
    """Medians, with the spread of the rates; ratios pair what ran in the same round, and the first is 1."""
    first = next(iter(rows.values()))
    lines = [
        "| | documents/s | min – max | as fast as the first | its CPU, ms a document | Elasticsearch's |",
        "|---|---|---|---|---|---|",
    ]
    for name, runs in rows.items():
        rates = [run.docs_s for run in runs]
        ratio = statistics.median(run.docs_s / other.docs_s for run, other in zip(runs, first, strict=True))
        own, theirs = (statistics.median(run[place] for run in runs) for place in (1, 2))
        lines.append(
            f"| {name} | {statistics.median(rates):.0f} | {min(rates):.0f} – {max(rates):.0f} | "
            f"{ratio:.2f} | {own:.2f} | {theirs:.2f} |"
        )
    return "\n".join(lines)


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--files", type=int, default=6_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--fscrawler", type=Path, help="where FSCrawler 3 is unpacked")
    options.add_argument("--filebeat", type=Path, help="Filebeat's binary")
    options.add_argument("--logstash", type=Path, help="where Logstash is unpacked")
    given = options.parse_args()
    rows: defaultdict[str, list[Row]] = defaultdict(list)
    with running_stack() as stack:
        files = corpus(stack.base / "files", given.files)
        programs = chosen(given, stack)
        for turn in range(given.rounds + 1):
            for program in programs:
                row = _measured(stack, program, files)
                if turn:
                    rows[program.name].append(row)
    print(f"{given.files} files of 7 to 25 kB, {os.cpu_count()} cores, {given.rounds} rounds\n")
    print(table(rows))


if __name__ == "__main__":
    main()
