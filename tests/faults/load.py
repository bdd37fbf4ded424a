"""What is written into the watched folder during a campaign, and what must become of each file.

Most files are good articles; some are rewritten later, written slowly, renamed into place or packed in a
bundle; a few are hopeless, kill the worker that reads them, or hang it. A full disk cuts a file off in the
middle, as any program's; like a decent program the load writes it again when there is room.
"""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.corpus import seed_like
from tests.faults.background import Background
from tests.inputs.bundle_files import zipped

from newsdrop.identity import url_document_id

__all__ = ["ACCIDENTS", "Expected", "Load", "document_of", "page"]

#: What some of the load's files do to their workers, by their names.
ACCIDENTS = {"*-kill.md": "kill", "*-hang.md": "hang"}

_HTML_BYTES = 2_200
_PER_FOLDER = 200
_BROKEN = (b"", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "你好，再见。".encode())
_URL = re.compile(rb"^\[.*\]\((.*)\)$", re.MULTILINE)
_TRY_AGAIN_S = 0.2
_BUNDLE_MEMBERS = 5


@dataclass
class Expected:
    """What must be true at the end. Letters by path, or `bundle!member`."""

    documents: set[str] = field(default_factory=set)
    letters: set[str] = field(default_factory=set)
    #: Path → the documents and letters that come of it.
    of_file: dict[str, tuple[set[str], set[str]]] = field(default_factory=dict)
    drops: int = 0

    def add(self, path: Path, documents: set[str], letters: set[str], drops: int = 1) -> None:
        self.documents |= documents
        self.letters |= letters
        self.of_file[str(path)] = (documents, letters)
        self.drops += drops


class Load(Background):
    """Writes `rate` files a second in a thread, until `stop`: then the file in hand is finished, however long
    the disk stays full.

    Args:
        tell: told of each path once it is there, again when it was changed.
        accidents: how many files may kill or hang a worker, of each kind.
    """

    def __init__(
        self, folder: Path, seed: int, tell: Callable[[str], None], *, rate: float, accidents: int
    ) -> None:
        super().__init__("load")
        self.expected = Expected()
        self.changed = 0
        self.full = 0
        self._folder = Path(os.path.realpath(folder))
        self._rng = random.Random(f"{seed} load")
        self._tell = tell
        self._rate = rate
        self._accidents = {"kill": accidents, "hang": accidents}
        self._good: list[tuple[int, Path]] = []
        self._number = 0

    def _run(self) -> None:
        begun_s = time.monotonic()
        while not self._stop.is_set():
            self._one()
            ahead_s = begun_s + self._number / self._rate - time.monotonic()
            self._stop.wait(max(0.0, ahead_s))

    def _one(self) -> None:
        number = self._number
        self._number += 1
        dice = self._rng.random()
        if dice < 0.03:
            path = self._place(number, ".md")
            self._write(path, _BROKEN[number % len(_BROKEN)])
            self.expected.add(path, set(), {str(path)})
        elif dice < 0.06 and self._good:
            self._change()
            return
        elif dice < 0.07:
            path = self._bundle(number)
        elif dice < 0.08 and (kind := next((k for k, left in self._accidents.items() if left), None)):
            self._accidents[kind] -= 1
            path = self._place(number, f"-{kind}.md")
            self._write(path, page(number))
            self.expected.add(path, set(), {str(path)})
        else:
            path = self._article(number)
        self._tell(str(path))

    def _article(self, number: int) -> Path:
        path = self._place(number, ".md")
        data = page(number)
        self.expected.add(path, {document_of(data)}, set())
        how = self._rng.random()
        if how < 0.02:
            self._write(path, data, pause_s=0.05)
        elif how < 0.1:
            self._rename_in(path, data)
        else:
            self._write(path, data)
        self._good.append((number, path))
        return path

    def _change(self) -> None:
        number, path = self._rng.choice(self._good)
        data = page(number, seed=2 + self.changed)
        self.changed += 1
        if self._rng.random() < 0.5:
            self._rename_in(path, data)
        else:
            self._write(path, data)
        self._tell(str(path))

    def _bundle(self, number: int) -> Path:
        path = self._place(number, ".zip")
        pages = {f"{n}.md": page(1_000_000 + number * 10 + n) for n in range(_BUNDLE_MEMBERS)}
        self._rename_in(path, zipped(pages | {"bad.md": b"no header, no article"}))
        letters = {f"{path}!bad.md"}
        self.expected.add(path, {document_of(data) for data in pages.values()}, letters, _BUNDLE_MEMBERS + 2)
        return path

    def _place(self, number: int, end: str) -> Path:
        folder = self._folder / f"{number // _PER_FOLDER:04}"
        while True:
            try:
                folder.mkdir(exist_ok=True)
                return folder / f"{number:06}{end}"
            except OSError:
                self._wait_for_room()

    def _rename_in(self, path: Path, data: bytes) -> None:
        fresh = path.with_suffix(".tmp")
        self._write(fresh, data)
        fresh.rename(path)

    def _write(self, path: Path, data: bytes, *, pause_s: float = 0.0) -> None:
        step = len(data) if not pause_s else len(data) // 5 + 1
        while True:
            try:
                with path.open("wb", buffering=0) as out:
                    for start in range(0, len(data), step or 1):
                        if out.write(data[start : start + step]) != len(data[start : start + step]):
                            raise OSError("a part only")
                        time.sleep(pause_s)
                return
            except OSError:
                self._wait_for_room()

    def _wait_for_room(self) -> None:
        self.full += 1
        time.sleep(_TRY_AGAIN_S)


def page(number: int, *, seed: int = 1) -> bytes:
    """A good page; each number has an article of its own."""
    return seed_like(number, seed=seed, html_bytes=_HTML_BYTES)


def document_of(data: bytes) -> str:
    """The id of a page's article."""
    match = _URL.search(data)
    assert match
    return url_document_id(match[1].decode())
