"""The examples of docs/producers.md, taken from the page itself, and what runs them."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

from tests.servers.elasticsearch_server import cache_folder
from tests.servers.missing import skip_or_fail

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/producers.md"
_EXAMPLE = re.compile(r"<!-- example: ([a-z-]+) -->\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def examples() -> dict[str, str]:
    """Name → text of every marked example."""
    return dict(_EXAMPLE.findall(PAGE.read_text("utf-8")))


def program_or_skip(name: str) -> str:
    """The path of a program; without it a test is skipped, or fails in CI."""
    found = shutil.which(name)
    if found is None:
        message = f"There is no {name} on the PATH."
        skip_or_fail(message)
    return found


def prepared(language: str, source: str, *installs: str) -> Path:
    """A folder, kept between runs, in which the commands of the page's install examples were run."""
    text = examples()
    commands = [line for name in installs for line in text[name].splitlines()]
    digest = hashlib.sha256("\n".join(commands).encode()).hexdigest()[:12]
    folder = cache_folder() / "producers" / f"{language}-{digest}"
    folder.mkdir(parents=True, exist_ok=True)
    # Another run of the tests may use the same folder.
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "installed").exists():
            for command in commands:
                run(folder, *shlex.split(command))
            (folder / "installed").touch()
    # Written anew at each run: the page may have changed.
    (folder / source).write_text(text["go" if language == "go" else Path(source).stem])
    return folder


def run(folder: Path, *command: str, timeout_s: float = 600, **environment: str) -> str:
    """A command to its end; its output."""
    # Go keeps modules read-only unless told otherwise, and then nobody can clear the cache.
    variables = os.environ | {"GOFLAGS": "-modcacherw", "npm_config_fund": "false"} | environment
    done = subprocess.run(
        command, cwd=folder, env=variables, capture_output=True, text=True, timeout=timeout_s, check=False
    )
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout
