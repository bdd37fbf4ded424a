"""The pipeline put together from the settings: the one place where settings meet the pure rooms.

Used by the worker (`worker.app`) and by the commands that work without a queue. Opens no connection itself:
the store is handed in.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn, cast

from newsdrop.archive.ground import Ground
from newsdrop.archive.reader import Reader
from newsdrop.configfiles import config_folders
from newsdrop.documents import Drop
from newsdrop.enrich.steps import default_steps
from newsdrop.extensions import dialects, enrichments
from newsdrop.identity import innermost, is_absent
from newsdrop.index.store import Store
from newsdrop.name_filter import NameFilter
from newsdrop.parse.parser import Parser
from newsdrop.parse.rules import RuleSet, load_rules
from newsdrop.pipeline import Pipeline
from newsdrop.ports import FormerPlace
from newsdrop.settings import Folder, Settings
from newsdrop.spelling import real_path
from newsdrop.version import VERSION

__all__ = ["Grounds", "build_pipeline", "build_preview", "build_reader", "removal_grounds", "vanished_files"]

#: The ground of each folder whose articles go with their files, by resolved path.
Grounds = Mapping[str, Ground]


def build_pipeline(
    settings: Settings,
    store: Store,
    grounds: Grounds | None = None,
    *,
    rules: RuleSet | None = None,
    forgotten: Callable[[Sequence[str]], set[str]] = lambda _documents: set(),
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    moved: Callable[[Sequence[FormerPlace]], object] | None = None,
    doubts: Callable[[str], str | None] = lambda _path: None,
) -> Pipeline:
    """The pipeline as the settings want it.

    Args:
        grounds: `removal_grounds` from when the worker began, so that a child that starts later knows what
            has been unmounted since; None: as they are now.
        rules: the site rules, if they have been read already.
        forgotten: which of some documents were taken out for good (`ledger.takedowns`).
        now_ms: the clock that captures are held against; wherever something is indexed, the ledger's.
        moved: told of articles that the index has from another path (`ledger.gone_files`).
        doubts: why the absence of a file says nothing (`Reader`).

    Raises:
        ConfigError: a site rule of the user's own is wrong, or a package's dialect or enrichment.
    """

    # Resolved once, not for each file.
    folders = _resolved(settings)

    def collection_of(path: str) -> str | None:
        held_by = innermost(path, folders, _root)
        return (held_by[1].collection if held_by else None) or settings.collection

    found = removal_grounds(settings) if grounds is None else grounds

    def removes(path: str) -> bool:
        held_by = innermost(path, folders, _root)
        ground = found.get(held_by[0]) if held_by else None
        return ground is not None and ground.doubt(path) is None

    return Pipeline(
        build_reader(settings, doubts),
        Parser(rules or load_rules(config_folders(settings.config_dir)), settings.limits),
        (*default_steps(keywords=settings.enrich.keywords), *enrichments()),
        store,
        now_ms=now_ms,
        version=VERSION,
        collection_of=collection_of,
        removes=removes,
        forgotten=forgotten,
        moved=moved,
        marks_copies=settings.enrich.copies,
    )


def build_preview(settings: Settings) -> Pipeline:
    """A pipeline that shows what files would be indexed as, and has no store to put them into."""
    return build_pipeline(settings, cast(Store, _NoStore()))


class _NoStore:
    """Stands where a pipeline wants its store; previewing never asks it anything."""

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a preview has no store to {name}")


def build_reader(settings: Settings, doubts: Callable[[str], str | None] = lambda _path: None) -> Reader:
    """The reader as the settings want it."""
    folders = _resolved(settings)

    def headerless(drop: Drop) -> bool:
        held_by = innermost(drop.path, folders, _root) if drop.path is not None else None
        return held_by is not None and held_by[1].headerless == "article"

    names = NameFilter(settings.watch.ignore)
    return Reader(settings.limits, names=names, headerless=headerless, dialects=dialects(), doubts=doubts)


def removal_grounds(settings: Settings) -> Grounds:
    """How the folders stand now whose articles go with their files (on_delete = "remove")."""
    return {root: Ground(root) for root, folder in _resolved(settings) if folder.removes}


def vanished_files(settings: Settings) -> Callable[[str], bool]:
    """Tells whether a path that isn't there may be believed to be gone, for folders as they stand now."""
    folders = _resolved(settings)
    grounds = {root: Ground(root) for root, _ in folders}

    def vanished(path: str) -> bool:
        held_by = innermost(path, folders, _root)
        return is_absent(path) and (held_by is None or grounds[held_by[0]].doubt(path) is None)

    return vanished


def _resolved(settings: Settings) -> list[tuple[str, Folder]]:
    """The folders with their resolved paths."""
    return [(real_path(folder.path), folder) for folder in settings.folders]


def _root(pair: tuple[str, Folder]) -> str:
    return pair[0]
