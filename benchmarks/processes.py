"""What processes cost, read from /proc: CPU time of a tree, and its highest memory."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

__all__ = ["Memory", "cpu_seconds"]

_MEGABYTE = 1024 * 1024


class Memory(threading.Thread):
    """Highest resident memory of each process of some trees, in MB, sampled twice a second."""

    def __init__(self, roots: dict[str, int]) -> None:
        super().__init__(daemon=True)
        self.roots, self.over = roots, threading.Event()
        self.peaks: dict[str, float] = {}

    def run(self) -> None:
        while not self.over.wait(0.5):
            parents = dict(_processes())
            for name, root in self.roots.items():
                for pid in _tree(root, parents):
                    label = name if pid == root else f"{name} child"
                    self.peaks[label] = max(self.peaks.get(label, 0), _resident_mb(pid))


def cpu_seconds(root: int) -> float:
    """User and system time of a process, its living descendants and its reaped children."""
    total = 0
    for pid in _tree(root, dict(_processes())):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(map(int, fields[11:15]))
    return total / os.sysconf("SC_CLK_TCK")


def _tree(root: int, parents: dict[int, int]) -> list[int]:
    return [root, *(pid for pid in parents if _descends(pid, root, parents))]


def _processes() -> Iterator[tuple[int, int]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                yield int(entry.name), int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue


def _descends(pid: int, root: int, parents: dict[int, int]) -> bool:
    while pid in parents and pid > 1:
        pid = parents[pid]
        if pid == root:
            return True
    return False


def _resident_mb(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / _MEGABYTE
    except (OSError, IndexError):
        return 0.0
