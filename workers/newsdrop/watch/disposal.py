"""What happens to a file once it is settled: kept, moved to `done` or `failed`, or deleted.

    keep     nothing                                              (the default)
    move     indexed, superseded, expanded → done; dead → failed, and the letter's path follows
    delete   indexed → deleted; everything else stays

The files that a browser saved beside a page go with it, or stay with a mark (page_files.py). A move has three
steps: the new name exists, the letter knows it, the old name goes. So a crash at any point leaves something
that the next rescan finishes. Never touches a file that changed since the ledger recorded it, and never
overwrites. Several watchers may do this at once: whoever has locked the file goes on, and where files can't
be locked (on some network file systems), a name only goes while the file has another one. The same
name in the same folder, seen under another path, is not another one.
"""

from __future__ import annotations

import errno
import fcntl
import filecmp
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import Enum, auto
from pathlib import Path

from newsdrop.archive.ground import Ground
from newsdrop.documents import Stamp, State, encode_path
from newsdrop.events import emit
from newsdrop.identity import is_absent, path_drop_id
from newsdrop.ports import Entry, FileLetters
from newsdrop.settings import Folder
from newsdrop.watch.open_files import open_for_writing
from newsdrop.watch.page_files import mark, move_beside
from newsdrop.watch.scan import Found, Trouble

__all__ = ["Disposal", "Disposed", "goes", "move_file", "unchanged"]

_DONE = (State.INDEXED, State.SUPERSEDED, State.EXPANDED)
_NAME_BYTES = 255
_NAMES_TRIED = 10_000
_COPY_BYTES = 1 << 20


class Disposed(Enum):
    """The result of putting a file away."""

    KEPT = auto()
    MOVED = auto()
    DELETED = auto()
    #: A dead file that was moved to `failed` and is back: somebody wants it to be tried again.
    RETURNED = auto()


def goes(policy: Folder, state: State) -> bool:
    """Whether a file in this state is moved or deleted."""
    if policy.after == "delete":
        return state is State.INDEXED
    return policy.after == "move" and (state in _DONE or state is State.DEAD)


class Disposal:
    """Puts away the files of one watched folder.

    Args:
        root: the folder's resolved path; the part of a file's path below it is kept.
        on_trouble: called if a file can't be put away; it stays and is tried again at the next rescan.
        being_written: whether a file is open for writing; None: unknown.
        page_folders: the folders of files that belong to a page.
    """

    def __init__(
        self,
        policy: Folder,
        root: str,
        letters: FileLetters | None,
        on_trouble: Trouble,
        *,
        being_written: Callable[[str], bool | None] = open_for_writing,
        page_folders: Callable[[str], Sequence[str]] = lambda _path: (),
    ) -> None:
        self._policy = policy
        self._page_folders = page_folders
        self._being_written = being_written
        self._root = root
        self._letters = letters
        self._on_trouble = on_trouble
        self._failed = None if policy.failed is None else Ground(str(policy.failed))

    def concerns(self, entry: Entry) -> bool:
        """Whether a drop in this state is put away at all."""
        return goes(self._policy, entry.state)

    def put_away(self, found: Found, entry: Entry) -> Disposed:
        """Do what the folder's setting says with the file of this ledger entry.

        Raises:
            OutageError: the letter can't be updated; the file is still here.
        """
        if not self.concerns(entry):
            return Disposed.KEPT
        try:
            with _locked(found.path) as ours:
                if not ours or not unchanged(found.path, entry.stamp):
                    return Disposed.KEPT
                if self._policy.after == "delete":
                    return self._delete(found.path, entry)
                return self._move(found.path, entry)
        except FileNotFoundError:
            return Disposed.KEPT
        except OSError as error:
            self._on_trouble(
                found.path,
                f"It can't be put away (after = {self._policy.after!r}): {error.strerror or error}.",
            )
            return Disposed.KEPT

    def _delete(self, path: str, entry: Entry) -> Disposed:
        for folder in self._page_folders(path):
            mark(folder)
        Path(path).unlink()
        emit("watch.disposed", path=encode_path(path), action="delete", state=entry.state.value, target="")
        return Disposed.DELETED

    def _move(self, path: str, entry: Entry) -> Disposed:
        dead = entry.state is State.DEAD
        place = self._policy.failed if dead else self._policy.done
        if place is None:
            return Disposed.KEPT
        drop_id = path_drop_id(path)
        if dead and self._is_back(path, drop_id):
            return Disposed.RETURNED

        def move_letter(target: str) -> None:
            if dead and self._letters is not None:
                self._letters.moved(drop_id, target)

        relative = path[len(self._root.rstrip("/")) + 1 :]

        def move_page_folders(target: str) -> None:
            for folder in self._page_folders(path):
                move_beside(folder, path, target)

        target = move_file(
            path,
            str(place),
            relative,
            entry.stamp,
            move_letter,
            at_last=move_page_folders,
            being_written=self._being_written,
        )
        if target is None:
            return Disposed.KEPT
        emit(
            "watch.disposed",
            path=encode_path(path),
            action="move",
            state=entry.state.value,
            target=encode_path(target),
        )
        return Disposed.MOVED

    def _is_back(self, path: str, drop_id: str) -> bool:
        letter = self._letters.show(drop_id) if self._letters is not None else None
        if letter is None or letter.path is None or letter.path == path:
            return False
        self.take_back(path, drop_id)
        # Its copy is where the letter says, so this is the rest of a move that a crash interrupted.
        return not _same_file(path, letter.path)

    def take_back(self, path: str, drop_id: str) -> None:
        """Handle a file in the place of a dead one that was moved to `failed`: the same file, or another one.

        If the dead file is no longer where it was moved to, its letter comes back here. Otherwise the letter
        stays with that file, and the drop of this name gets another letter if it fails.

        Raises:
            OutageError: the letter can't be reached.
        """
        if self._letters is None or self._policy.after != "move":
            return
        letter = self._letters.show(drop_id)
        if letter is not None and letter.path not in (None, path) and self._left_failed(str(letter.path)):
            self._letters.moved(drop_id, path)

    def _left_failed(self, path: str) -> bool:
        """Whether a file was taken out of `failed`, and isn't on a disk that is away."""
        return is_absent(path) and (self._failed is None or self._failed.stands())


def move_file(
    source: str,
    place: str,
    relative: str,
    stamp: Stamp,
    when_safe: Callable[[str], None],
    *,
    at_last: Callable[[str], None] = lambda _target: None,
    being_written: Callable[[str], bool | None] = open_for_writing,
) -> str | None:
    """Move a file below `place`, under a free name, on any device; returns its new path.

    Args:
        when_safe: called with the new path when the file is safe there, before the old name goes.
        at_last: called with the new path just before the old name goes, if it does.

    Returns:
        None if the file changed before it was safe, or somebody has opened it for writing, so that it stays
        where it is. A file that changes later, while `when_safe` runs, stays beside the moved one.
    """
    with _pinned(source) as before:
        wanted = Path(place, relative)
        wanted.parent.mkdir(parents=True, exist_ok=True)
        try:
            target, made = _claim(source, wanted, os.link)
        except OSError as error:
            if isinstance(error, FileNotFoundError) or error.errno in (
                errno.ENOSPC,
                errno.EROFS,
                errno.EACCES,
            ):
                raise
            # It is another device, or a file system without hard links.
            target, made = _copy(source, wanted)
        if not made and _is_same_folder(Path(source).parent, target.parent):
            raise _onto_itself(source)
        if being_written(source) or not unchanged(source, stamp):
            # If it isn't here any more, another watcher has finished this very move: no other name is left.
            if made and _is_there(source, before):
                target.unlink()
            return None
        when_safe(str(target))
        # That may have taken long: a file that somebody wrote here meanwhile stays.
        if not being_written(source) and unchanged(source, stamp) and _is_there(source, before):
            at_last(str(target))
            if os.path.lexists(target):
                Path(source).unlink()
        return str(target)


def _is_same_folder(one: Path, other: Path) -> bool:
    """Whether two paths lead to one folder: bind mounts, links, names whose case doesn't matter."""
    return os.path.samestat(one.stat(), other.stat())


def _onto_itself(path: str) -> OSError:
    why = "it would be moved onto itself, because that place is the folder it is in, under another path"
    return OSError(errno.EINVAL, why, path)


@contextmanager
def _pinned(path: str) -> Iterator[os.stat_result]:
    """The status of the file, whose inode number no other file gets while it is held."""
    flags = getattr(os, "O_PATH", os.O_RDONLY) | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(path, flags)
    try:
        yield os.fstat(descriptor)
    finally:
        os.close(descriptor)


def _is_there(path: str, before: os.stat_result) -> bool:
    """Whether the very file is at the path that was there before."""
    try:
        return os.path.samestat(before, os.lstat(path))
    except OSError:
        return False


@contextmanager
def _locked(path: str) -> Iterator[bool]:
    """Hold the file that is at the path, against other watchers; False: another one holds it.

    Raises:
        FileNotFoundError: there is none.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        raise
    except OSError:
        # Whoever may not read a file may still move it.
        yield True
        return
    try:
        yield _locks(path, descriptor)
    finally:
        os.close(descriptor)


def _locks(path: str, descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # a file system without locks, or one that locks only what is open for writing
    # Between opening and locking, whoever held it may have put it away, and another file have come.
    return _is_there(path, os.fstat(descriptor))


def free_names(target: Path) -> Iterator[Path]:
    """The names to try, in order: the name itself, then with ` (2)`, ` (3)` … before its extension."""
    yield target
    for number in range(2, _NAMES_TRIED):
        tail = f" ({number}){target.suffix}"
        room = _NAME_BYTES - len(os.fsencode(tail))
        yield target.with_name(os.fsdecode(os.fsencode(target.stem)[:room]) + tail)


def _claim(source: str, target: Path, link: Callable[[str, str], None]) -> tuple[Path, bool]:
    """Give `source` a free name; returns that name, and whether it is new."""
    for name in free_names(target):
        try:
            link(source, str(name))
        except FileExistsError:
            # The rest of an interrupted move, or the same file again.
            if _same_file(source, str(name)):
                return name, False
        else:
            return name, True
    raise FileExistsError(errno.EEXIST, "too many files with that name exist already", str(target))


def _copy(source: str, target: Path) -> tuple[Path, bool]:
    part = target.with_name(f".newsdrop-{path_drop_id(source)}.part")
    try:
        part.unlink(missing_ok=True)
        with open(source, "rb") as reading, part.open("xb") as writing:
            shutil.copyfileobj(reading, writing, _COPY_BYTES)
            writing.flush()
            os.fsync(writing.fileno())
            written = os.fstat(writing.fileno())
        # A network share that is mounted twice has another device number at each place.
        if Path(source).with_name(part.name).exists():
            raise _onto_itself(source)
        shutil.copystat(source, part, follow_symlinks=False)
        name, made = _claim(str(part), target, _place)
        if made and not _is_there(str(name), written):
            raise OSError(errno.EBUSY, "another watcher is copying it", source)
        _sync_folder(target.parent)
    finally:
        part.unlink(missing_ok=True)
    return name, made


def _place(part: str, name: str) -> None:
    try:
        os.link(part, name)
    except FileExistsError:
        raise
    except OSError:
        # Without hard links, the name is claimed first, so that no other file is replaced.
        os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        Path(part).replace(name)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _same_file(one: str, other: str) -> bool:
    try:
        first, second = os.lstat(one), os.lstat(other)
        if (first.st_dev, first.st_ino) == (second.st_dev, second.st_ino):
            return True
        same_stamp = Stamp.from_ns(first.st_size, first.st_mtime_ns) == Stamp.from_ns(
            second.st_size, second.st_mtime_ns
        )
        return same_stamp and filecmp.cmp(one, other, shallow=False)
    except OSError:
        return False


def unchanged(path: str, stamp: Stamp) -> bool:
    """Whether a file is there and has this stamp."""
    try:
        info = os.lstat(path)
    except OSError:
        return False
    return Stamp.from_ns(info.st_size, info.st_mtime_ns) == stamp
