"""A real Chromium for the tests: from the PATH, or Debian's, unpacked with libraries and a Chinese font.

`python -m tests.servers.chromium` gets it ahead of a run where apt is there; nothing is installed. Without it
its tests are skipped on a developer's machine and fail in CI.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright
from tests.servers.debian_packages import NoPackageError, unpacked
from tests.servers.elasticsearch_server import cache_folder
from tests.servers.missing import skip_or_fail

__all__ = ["running_chromium"]

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_PACKAGES = ("chromium", "fonts-noto-cjk")
_MISSING = (
    "There is no Chromium on the PATH, and apt-get, which could fetch Debian's package of it, {why}. Install "
    "it (Debian, Ubuntu: apt-get install chromium fonts-noto-cjk)."
)
_FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{folder}/usr/share/fonts</dir><dir>/usr/share/fonts</dir><cachedir>{folder}/cache</cachedir>
<include ignore_missing="yes">/etc/fonts/fonts.conf</include></fontconfig>"""


class ChromiumMissingError(RuntimeError):
    """The message says what to install."""


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """The browser, without a screen; a test is skipped without one, or fails in CI."""
    try:
        path, environment = _program()
    except ChromiumMissingError as error:
        skip_or_fail(str(error))
    with sync_playwright() as playwright:
        # Its own sandbox needs rights that containers don't give; what it opens here is ours.
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"], env=environment
        )
        try:
            yield browser
        finally:
            browser.close()


def fetch() -> None:
    """Get it, unless it is there.

    Raises:
        ChromiumMissingError: this machine has no apt, or apt has no such package.
    """
    if any(map(shutil.which, _NAMES)):
        return
    try:
        unpacked("chromium", _PACKAGES, whole=True)
    except NoPackageError as error:
        raise ChromiumMissingError(_MISSING.format(why=f"can't ({error})")) from None


def _program() -> tuple[str, dict[str, str | float | bool]]:
    """The program's path, and the variables that it needs."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is not None:
        return found, {**os.environ}
    folder = cache_folder() / "chromium"
    program = folder / "usr/lib/chromium/chromium"
    if not program.is_file():
        raise ChromiumMissingError(_MISSING.format(why="was not asked (`make servers` does)"))
    fonts = folder / "fonts.conf"
    if not fonts.is_file():
        fonts.write_text(_FONTS.format(folder=folder))
    libraries = sorted({str(path.parent) for path in (folder / "usr/lib").rglob("*.so*")})
    return str(program), {
        **os.environ,
        "LD_LIBRARY_PATH": os.pathsep.join(libraries),
        "FONTCONFIG_FILE": str(fonts),
    }


def main() -> int:
    """Get it, so that its tests run."""
    try:
        fetch()
        sys.stdout.write(f"Chromium: {_program()[0]}\n")
    except ChromiumMissingError as error:
        sys.stderr.write(f"{error} Until then its tests are skipped.\n")
        return 1 if os.environ.get("CI") else 0
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
