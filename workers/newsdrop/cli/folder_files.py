"""Files that `audit` and `up` check: files of folders as the watcher sees them, and members of bundles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from newsdrop.archive.reader import Bundle, Reader
from newsdrop.cli.drops import PassedFiles
from newsdrop.documents import Drop
from newsdrop.identity import innermost, path_drop_id
from newsdrop.monitor.fates import Seen
from newsdrop.ports import Entry
from newsdrop.settings import Settings
from newsdrop.spelling import real_path
from newsdrop.watch.disposal import goes
from newsdrop.watch.folder import parts_of
from newsdrop.watch.scan import Failing, Trouble, report_trouble, scan

__all__ = ["files_of", "members_of", "will_go"]


def files_of(
    folders: Sequence[Path],
    settings: Settings,
    *,
    passed_over: Counter[str] | None = None,
    on_trouble: Trouble = report_trouble,
    on_error: Failing | None = None,
) -> Iterator[Seen]:
    """Every file of the folders once, as the watcher sees it.

    Args:
        passed_over: counts the files that are passed over, by reason, including those in skipped folders.
        on_error: called for what can't be examined (as `scan` does).
    """
    counter = PassedFiles(Counter() if passed_over is None else passed_over)
    known: set[bytes] = set()
    for folder in _outermost(folders):
        for part, names, skip in parts_of(real_path(folder), settings):
            counter.skip = skip
            for found in scan(
                part, names, skip=skip, on_trouble=on_trouble, on_error=on_error, on_passed=counter
            ):
                drop_id = path_drop_id(found.path)
                # A symlink and its target are one file. Bytes take half the memory.
                if (raw := bytes.fromhex(drop_id)) not in known:
                    known.add(raw)
                    yield Seen(drop_id, found.path, found.stamp)


def will_go(settings: Settings) -> Callable[[Seen, Entry], bool]:
    """Whether a file is to be moved or deleted, according to the innermost watched folder around it."""
    folders = [(real_path(folder.path), folder) for folder in settings.folders]

    def asked(seen: Seen, entry: Entry) -> bool:
        found = innermost(seen.path, folders, lambda one: one[0]) if seen.member is None else None
        return found is not None and goes(found[1], entry.state)

    return asked


def _outermost(folders: Sequence[Path]) -> list[Path]:
    return [one for one in folders if not any(other in one.parents for other in folders)]


def members_of(seen: Seen, reader: Reader, passed_over: Counter[str]) -> Iterator[Seen]:
    """The good members of a file or member that is a bundle; nothing for any other.

    Raises:
        NewsdropError: after them, if it can't be listed to its end.
    """
    drop = Drop(id=seen.id, path=seen.path, member=seen.member, stamp=seen.stamp)
    found = reader.bundle_at(drop) if seen.member is None else reader.fetch(drop)
    if not isinstance(found, Bundle):
        return
    for member in found.members():
        yield Seen(member.id, seen.path, member.stamp, member.member)
    passed_over.update(found.passed_over)
