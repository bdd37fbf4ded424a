"""The watched folders: where they really are, which one a path belongs to, whether they exist, and whether
they are polled.

Never treats an absent folder as an empty one: a folder that is missing, empty or on another device than at
the start counts as unmounted until a person says otherwise, and no conclusions are drawn from missing files.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path

from newsdrop.archive.ground import Ground
from newsdrop.archive.mounts import Mount, is_network, mount_of, read_mounts
from newsdrop.documents import encode_path
from newsdrop.errors import ConfigError
from newsdrop.identity import innermost, inside
from newsdrop.name_filter import NameFilter
from newsdrop.settings import Folder, Settings, check_places, own_places
from newsdrop.spelling import real_path
from newsdrop.statefolder import is_state_folder
from newsdrop.watch.inotify import supported
from newsdrop.watch.open_files import open_for_writing

__all__ = ["Mode", "Presence", "WatchedFolder", "folder_of", "open_folders", "parts_of", "polling_reason"]


class Mode(StrEnum):
    """How changes are noticed."""

    EVENTS = "events"
    POLLING = "polling"


class Presence(StrEnum):
    """Whether a folder exists, compared with the last check."""

    HERE = "here"
    MISSING = "missing"
    #: It is back, or another folder is in its place.
    BACK = "back"


class WatchedFolder:
    """One watched folder, at its resolved path `root`.

    Attributes:
        policy: its settings.
        polling: why the folder is polled; None: there are kernel events.
        network: whether other machines may write to it.
        names: which files and folders in it are passed over.
        inner: the resolved paths of other watched folders inside it, which are handled separately.
        elsewhere: where its configured path leads now if no longer to `root`; otherwise "".
    """

    def __init__(
        self,
        policy: Folder,
        names: NameFilter | None = None,
        *,
        polling: str | None = None,
        network: bool = False,
    ) -> None:
        self.policy = policy
        self.root = real_path(policy.path)
        self.polling = polling
        self.network = network
        self.names = names or NameFilter()
        self.inner: frozenset[str] = frozenset()
        self.present = True
        self.elsewhere = ""
        self._identity = _identity(self.root)
        self._ground = Ground(self.root)

    @property
    def name(self) -> str:
        """The name of the folder in events and reports."""
        return encode_path(self.root)

    @property
    def mode(self) -> Mode:
        """How changes are noticed."""
        return Mode.EVENTS if self.polling is None else Mode.POLLING

    def page_folders(self, page: str) -> list[str]:
        """The folders of files that belong to this page, except for any with a watched folder in it."""
        return [
            one
            for one in self.names.page_folders(page)
            if not any(inner == one or inside(inner, one) for inner in self.inner)
        ]

    def being_written(self, path: str) -> bool | None:
        """Whether somebody has this file open for writing; None: that can't be found out here."""
        return None if self.network else open_for_writing(path)

    @property
    def disposes(self) -> bool:
        """Whether files are put away once they are settled."""
        return self.policy.disposes

    @property
    def removes(self) -> bool:
        """Whether the article of a file that disappears is removed."""
        return self.policy.removes

    def look(self) -> Presence:
        """Check whether the folder exists, is the same as before, and is still where its path leads.

        Also notes what is mounted inside it by now.
        """
        self._ground.look()
        leads_to = real_path(self.policy.path)
        self.elsewhere = encode_path(leads_to) if leads_to != self.root else ""
        now = _identity(self.root)
        if now is None:
            self.present = False
            return Presence.MISSING
        if self.present and now == self._identity:
            return Presence.HERE
        self.present, self._identity = True, now
        return Presence.BACK

    def went(self) -> None:
        """Note that the folder was removed or renamed; one that is there now is another, whatever its number.

        File systems give the number of a folder that was deleted to the next one.
        """
        self._identity = None

    def doubt(self, path: str | None = None) -> str | None:
        """Why the absence of files (of the file `path`) proves nothing; None: it is
        conclusive."""
        if self.elsewhere:
            return f"Its path now leads to {self.elsewhere}; restart watcher and workers to follow it."
        return self._ground.doubt(path)


def open_folders(settings: Settings) -> list[WatchedFolder]:
    """The configured folders, ready to be watched.

    Raises:
        ConfigError: there is none, one is missing or given twice, or newsdrop would read its own output.
    """
    if not settings.folders:
        raise ConfigError("There is no folder to watch: name one, or set `folders` (NEWSDROP_FOLDERS).")
    check_places(settings)
    mounts = read_mounts()
    watched = [_open(policy, settings, mounts) for policy in settings.folders]
    roots = [folder.root for folder in watched]
    # Not by their paths, of which one folder may have several (bind mounts, names whose case doesn't matter).
    identities = [_identity(root) for root in roots]
    for folder, identity in zip(watched, identities, strict=True):
        if identities.count(identity) > 1:
            raise ConfigError(f"The folder {folder.name} is in `folders` twice; remove one of the two.")
        folder.inner = frozenset(root for root in roots if inside(root, folder.root))
    return watched


def parts_of(root: str, settings: Settings) -> Iterator[tuple[str, NameFilter, frozenset[str]]]:
    """A folder and the configured ones inside it: each with its own names, and the parts that others cover.

    `root` is resolved. It need not be configured itself: the options of the innermost folder around it apply
    to it, too. newsdrop's own folders are never walked, even if they are named.
    """
    own = own_places(settings)
    if is_state_folder(root) or any(root == place or inside(root, place) for place in own):
        return
    known = {real_path(folder.path): folder for folder in settings.folders}
    within = [inner for inner in known if inside(inner, root) and Path(inner).is_dir()]
    for part in [root, *within]:
        holding = [outer for outer in known if part == outer or inside(part, outer)]
        policy = known[max(holding, key=len)] if holding else None
        names = NameFilter(settings.watch.ignore, policy.include if policy else (), own)
        yield part, names, frozenset(inner for inner in within if inside(inner, part))


def folder_of(path: str, folders: Sequence[WatchedFolder]) -> WatchedFolder | None:
    """The folder that contains a resolved path; if they are nested, the innermost."""
    return innermost(path, folders, lambda folder: folder.root)


def polling_reason(wanted: bool | None, mount: Mount | None, *, events: bool) -> str | None:  # noqa: FBT001  a setting's value
    """Why a folder must be polled, or None. `wanted` is the setting, which wins over detection."""
    if wanted:
        return "The setting `polling` requires it."
    if not events:
        return "This system has no inotify."
    if wanted is None and mount is not None and is_network(mount.fstype):
        return f"It is on a network file system ({mount.fstype}), where changes by others cause no events."
    return None


def _open(policy: Folder, settings: Settings, mounts: list[Mount]) -> WatchedFolder:
    root = real_path(policy.path)
    shown = encode_path(str(policy.path))
    if not os.path.lexists(root):
        raise ConfigError(
            f"The watched folder {shown} doesn't exist. Create or mount it, or correct `folders`."
        )
    if not Path(root).is_dir():
        raise ConfigError(
            f"The watched folder {shown} is not a folder; correct `folders` (NEWSDROP_FOLDERS)."
        )
    try:
        os.scandir(root).close()
    except OSError as error:
        raise ConfigError(f"The watched folder {shown} can't be listed: {error.strerror}.") from None
    mount = mount_of(root, mounts)
    wanted = policy.polling if policy.polling is not None else settings.watch.polling
    reason = polling_reason(wanted, mount, events=supported())
    network = mount is not None and is_network(mount.fstype)
    names = NameFilter(settings.watch.ignore, policy.include, own_places(settings))
    return WatchedFolder(policy, names, polling=reason, network=network)


def _identity(path: str) -> tuple[int, int] | None:
    try:
        info = Path(path).stat()
    except OSError:
        return None
    return (info.st_dev, info.st_ino) if Path(path).is_dir() else None
