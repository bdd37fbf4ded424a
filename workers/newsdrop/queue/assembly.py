"""The pipeline put together from the settings: the one place where settings meet the pure rooms.

Used by the worker (`queue.app`) and by the commands that work without a queue. Opens no connection itself:
the store is handed in.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from newsdrop import __version__
from newsdrop.archive.limits import ReadLimits
from newsdrop.archive.reader import Reader
from newsdrop.configfiles import config_folders
from newsdrop.enrich.steps import default_steps
from newsdrop.index.store import Store
from newsdrop.parse.parser import Parser
from newsdrop.parse.rules import load_rules
from newsdrop.pipeline import Pipeline
from newsdrop.settings import Folder, Settings

__all__ = ["build_pipeline", "build_reader", "folder_of"]


def build_pipeline(settings: Settings, store: Store) -> Pipeline:
    """The pipeline as the settings want it.

    Raises:
        ConfigError: a site rule of the user's own is wrong.
    """

    # Resolved once, not for each file.
    folders = _resolved(settings)

    def collection_of(path: str) -> str | None:
        folder = _holder(folders, path)
        return (folder.collection if folder else None) or settings.collection

    limits = settings.limits
    return Pipeline(
        build_reader(settings),
        Parser(
            load_rules(config_folders(settings.config_dir)),
            html_depth=limits.html_depth,
            text_chars=limits.text_chars,
        ),
        default_steps(keywords=settings.enrich.keywords),
        store,
        now_ms=lambda: time.time_ns() // 1_000_000,
        version=__version__,
        collection_of=collection_of,
        removes=lambda path: _removes(settings, path),
        marks_copies=settings.enrich.copies,
    )


def build_reader(settings: Settings) -> Reader:
    """The reader as the settings want it."""
    limits = settings.limits
    return Reader(
        ReadLimits(
            file_bytes=limits.file_bytes,
            header_chars=limits.header_chars,
            bundle_members=limits.bundle_members,
            bundle_bytes=limits.bundle_bytes,
            member_bytes=limits.member_bytes,
            bundle_ratio=limits.bundle_ratio,
            bundle_depth=limits.bundle_depth,
        ),
        ignore=settings.watch.ignore,
    )


def folder_of(settings: Settings, path: str) -> Folder | None:
    """The configured folder that holds `path`, the innermost where they nest; None outside all of them."""
    return _holder(_resolved(settings), path)


def _resolved(settings: Settings) -> list[tuple[str, Folder]]:
    """The folders with their resolved paths, the innermost first."""
    found = [(os.path.realpath(folder.path), folder) for folder in settings.folders]
    return sorted(found, key=lambda pair: len(pair[0]), reverse=True)


def _holder(folders: list[tuple[str, Folder]], path: str) -> Folder | None:
    return next((folder for root, folder in folders if _below(path, root)), None)


def _below(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip("/") + "/")


def _removes(settings: Settings, path: str) -> bool:
    # A missing or empty folder is an unmounted one until shown otherwise: nothing is removed because of it.
    folder = folder_of(settings, path)
    # Nor because the watcher put a file away, as the folder's `after` says.
    if folder is None or folder.on_delete != "remove" or folder.after != "keep":
        return False
    try:
        return any(Path(folder.path).iterdir())
    except OSError:
        return False
