"""The file system of a path, and whether changes by other machines can be noticed there without polling.

inotify reports only what this kernel does itself: on a network file system, changes by another machine go
unnoticed. Reads /proc/self/mountinfo; without it (not Linux), nothing is known.
"""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from newsdrop.identity import innermost

__all__ = ["Mount", "is_network", "mount_of", "parse_mountinfo", "read_mounts"]

_NETWORK = {
    "9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "drvfs", "fakeowner", "gfs", "gfs2", "glusterfs",
    "gpfs", "grpcfuse", "lustre", "ncpfs", "nfs", "nfs3", "nfs4", "ocfs2", "orangefs", "osxfs", "prl_fs",
    "pvfs2", "smb", "smb2", "smb3", "smbfs", "vboxsf", "virtiofs", "vmhgfs",
}  # fmt: skip
#: File systems in user space to which only this machine writes.
_LOCAL_FUSE = {
    "fuse.bindfs", "fuse.cryfs", "fuse.encfs", "fuse.fuse-overlayfs", "fuse.gocryptfs", "fuse.mergerfs",
    "fuse.ntfs-3g", "fuse.portal", "fuse.unionfs", "fuse.unionfs-fuse",
}  # fmt: skip
_ESCAPE = re.compile(r"\\([0-7]{3})")


class Mount(msgspec.Struct, frozen=True):
    """One mounted file system."""

    point: str
    fstype: str


def parse_mountinfo(data: bytes) -> list[Mount]:
    """The mounts of a mountinfo file (proc_pid_mountinfo(5)); lines that make no sense are passed over."""
    mounts = []
    for line in data.decode("utf-8", "surrogateescape").splitlines():
        before, dash, after = line.partition(" - ")
        fields = before.split(" ")
        if dash and len(fields) >= 6 and after:
            mounts.append(Mount(_unescape(fields[4]), after.split(" ")[0]))
    return mounts


def read_mounts(source: Path = Path("/proc/self/mountinfo")) -> list[Mount]:
    """What is mounted now; empty if that can't be found out."""
    try:
        return parse_mountinfo(source.read_bytes())
    except OSError:
        return []


def mount_of(path: str, mounts: list[Mount]) -> Mount | None:
    """The mount that holds a resolved path: the deepest, and of several on one point the last."""
    # With a slash, so that a mount point is on its own mount.
    return innermost(f"{path.rstrip('/')}/", reversed(mounts), lambda mount: mount.point)


def is_network(fstype: str) -> bool:
    """Whether other machines may write there; file systems in user space count unless known to be local."""
    name = fstype.lower()
    return name in _NETWORK or (name.startswith("fuse.") and name not in _LOCAL_FUSE)


def _unescape(text: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match[1], 8)), text)
