"""Programs of Debian's packages for the tests, unpacked into the cache folder: nothing is installed."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.servers.elasticsearch_server import cache_folder

__all__ = ["NoPackageError", "unpacked"]


class NoPackageError(RuntimeError):
    """This machine has no apt, or apt has no such package; the message says which."""


def unpacked(name: str, packages: Sequence[str], *, whole: bool = False) -> Path:
    """The folder `name` of the cache with these packages and the libraries of theirs that this machine lacks.

    Got on first use, safely beside other test runs.

    Args:
        whole: not only the libraries that they name, but whatever apt would install with them.

    Raises:
        NoPackageError: they can't be had.
    """
    target = cache_folder() / name
    target.parent.mkdir(parents=True, exist_ok=True)
    with (target.parent / f".{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.is_dir():
            with tempfile.TemporaryDirectory(dir=target.parent) as work:
                _download(packages, Path(work), whole=whole)
                for package in Path(work).glob("*.deb"):
                    subprocess.run(["dpkg-deb", "-x", package, Path(work) / "out"], check=True)
                (Path(work) / "out").chmod(0o755)
                (Path(work) / "out").rename(target)
    return target


def _download(packages: Sequence[str], folder: Path, *, whole: bool) -> None:
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise NoPackageError("There is no apt-get here to get Debian's packages with.")
    if _apt("download", *packages, cwd=folder) != 0:
        # A machine without lists of packages; only root may renew them.
        if os.geteuid() == 0:
            _apt("update", cwd=folder)
        if _apt("download", *packages, cwd=folder) != 0:
            raise NoPackageError(f"apt-get can't get {', '.join(packages)} here.")
    libraries = _to_install(packages) if whole else _missing_libraries(packages)
    if libraries and _apt("download", *libraries, cwd=folder) != 0:
        raise NoPackageError(f"apt-get can't get {', '.join(libraries)} here.")


def _to_install(packages: Sequence[str]) -> list[str]:
    """What apt would install besides them."""
    told = subprocess.run(
        ["apt-get", "install", "--simulate", "--no-install-recommends", *packages],
        capture_output=True,
        text=True,
        check=False,
    )
    return sorted({*re.findall(r"^Inst (\S+)", told.stdout, re.MULTILINE)} - {*packages})


def _missing_libraries(packages: Sequence[str]) -> list[str]:
    told = subprocess.run(["apt-cache", "depends", *packages], capture_output=True, text=True, check=True)
    named = set(re.findall(r"^\s*\|?(?:Pre)?Depends: (lib[^\s<>]+)$", told.stdout, re.MULTILINE))
    return [name for name in sorted(named) if not _is_installed(name)]


def _is_installed(package: str) -> bool:
    told = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Status}", package], capture_output=True, text=True, check=False
    )
    return "ok installed" in told.stdout


def _apt(*arguments: str, cwd: Path) -> int:
    return subprocess.run(
        ["apt-get", "-qq", *arguments], cwd=cwd, check=False, capture_output=True
    ).returncode
