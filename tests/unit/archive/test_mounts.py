"""What /proc/self/mountinfo says of a path."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsdrop.archive.mounts import Mount, is_network, mount_of, parse_mountinfo, read_mounts

MOUNTINFO = rb"""21 26 0:20 / /proc rw,nosuid shared:5 - proc proc rw
26 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,errors=remount-ro
90 26 0:50 / /mnt/my\040share rw,relatime shared:40 - cifs //server/share rw,vers=3.1.1
91 26 0:51 / /mnt/nfs rw - nfs4 server:/export rw,vers=4.2
92 91 8:1 /sub /mnt/nfs/local rw master:1 propagate_from:2 - ext4 /dev/sda1 rw
93 26 0:52 / /mnt/over rw - ext4 /dev/sdb1 rw
94 26 0:53 / /mnt/over rw - fuse.sshfs user@host:/ rw
95 26 0:54 / /mnt/\271\343 rw - 9p none rw
nonsense
""".replace(rb"\271\343", b"\xb9\xe3")


@pytest.mark.parametrize(
    ("path", "fstype"),
    [
        ("/home/me", "ext4"),
        ("/", "ext4"),
        ("/mnt/my share", "cifs"),
        ("/mnt/my share/deep/down", "cifs"),
        ("/mnt/my shares", "ext4"),
        ("/mnt/nfs/a", "nfs4"),
        ("/mnt/nfs/local/a", "ext4"),
        ("/mnt/over/a", "fuse.sshfs"),
        ("/mnt/\udcb9\udce3/a", "9p"),
    ],
)
def test_the_deepest_and_latest_mount_holds_a_path(path: str, fstype: str) -> None:
    mount = mount_of(path, parse_mountinfo(MOUNTINFO))
    assert mount is not None
    assert mount.fstype == fstype


@pytest.mark.parametrize(
    "fstype", ["nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "fuse.s3fs", "virtiofs", "CEPH"]
)
def test_file_systems_others_write_to_are_network(fstype: str) -> None:
    assert is_network(fstype)


@pytest.mark.parametrize(
    "fstype", ["ext4", "xfs", "btrfs", "tmpfs", "overlay", "zfs", "fuseblk", "fuse.mergerfs"]
)
def test_local_file_systems_are_not(fstype: str) -> None:
    assert not is_network(fstype)


def test_without_mounts_nothing_is_known(tmp_path: Path) -> None:
    assert read_mounts(tmp_path / "absent") == []
    assert mount_of("/a", []) is None
    assert mount_of("/a", [Mount("/b", "nfs")]) is None


def test_this_machine_has_a_root() -> None:
    assert mount_of("/", read_mounts()) is not None
