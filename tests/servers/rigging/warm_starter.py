"""A Python that has imported what newsdrop's programs import, and forks one of them whenever it is asked to.

Importing is two thirds of what a worker's start costs. `tests/servers/warm_start.py` sends through our
standard input what `Popen` would be given; each answer is the new process's pid, and how that ends is written
to a file of the request. Refuses to import what reads settings when it is imported: each process has its own.
"""

import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import struct
import sys
from typing import Any, NamedTuple

import file_accidents

_MODULES = (
    "celery.apps.worker",
    "celery.worker.consumer",
    "newsdrop.worker.lifecycle",
    "newsdrop.worker.broker",
    "newsdrop.cli.web",
    "newsdrop.cli.main",
)
_REQUEST_BYTES = 1 << 18


class Job(NamedTuple):
    """What a new process is to run: as `python -m module *arguments` would."""

    module: str
    arguments: list[str]


def serve(asked: socket.socket) -> Job:
    """Fork whenever asked; this returns only in a new process. Ends with who asks."""
    running: dict[int, tuple[int, int]] = {}
    looking = select.poll()
    looking.register(asked, select.POLLIN)
    while True:
        for file, _ in looking.poll():
            if file in running:
                looking.unregister(file)
                _report(file, *running.pop(file))
                continue
            data, files, _, _ = socket.recv_fds(asked, _REQUEST_BYTES, 4)
            if not data:
                os._exit(0)
            pid = os.fork()
            if not pid:
                for inherited, (_, report) in running.items():
                    os.close(inherited)
                    os.close(report)
                asked.close()
                return _begin(json.loads(data), files)
            *given, report = files
            for file in given:
                os.close(file)
            watched = os.pidfd_open(pid)
            running[watched] = (pid, report)
            looking.register(watched, select.POLLIN)
            asked.send(struct.pack("=i", pid))


def _report(watched: int, pid: int, report: int) -> None:
    """Bury a process, and say how it ended: its exit code, or a signal's number below zero."""
    _, status = os.waitpid(pid, 0)
    os.write(report, struct.pack("=i", os.waitstatus_to_exitcode(status)))
    os.close(watched)
    os.close(report)


def _begin(request: dict[str, Any], files: list[int]) -> Job:
    """Make this process what was asked for."""
    stdin, output, errors, _ = files
    os.setsid()
    if request["dies_with_us"]:
        from celery.platforms import set_pdeathsig  # type: ignore[attr-defined]

        set_pdeathsig("SIGKILL")
    os.chdir(request["folder"])
    for target, source in ((0, stdin), (1, output), (2, errors)):
        os.dup2(source, target)
    for file in set(files) - {0, 1, 2}:
        os.close(file)
    os.environ.clear()
    os.environ.update(request["environment"])
    file_accidents.install()
    sys.orig_argv = [sys.executable, "-m", request["module"], *request["arguments"]]
    return Job(request["module"], request["arguments"])


def main() -> None:
    """Import, wait, fork; in a new process, run."""
    gc.disable()
    for name in _MODULES:
        importlib.import_module(name)
    gc.freeze()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    asked = socket.socket(fileno=os.dup(0))
    job = serve(asked)
    gc.enable()
    sys.argv = [job.module, *job.arguments]
    runpy.run_module(job.module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
