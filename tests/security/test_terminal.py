"""What files say about themselves acts on nobody's terminal: hostile names and titles, every command and log.

Each payload is a control character, or one that turns text around, right before a mark. Wherever the mark
comes out, nothing that acts may stand before it: that holds for what is shown on a terminal, too, where our
own colours are made of the same characters.
"""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
from functools import partial
from pathlib import Path

import pytest
from tests.servers.cli_installation import CliInstallation
from tests.servers.redis_server import RedisServer
from tests.servers.stack import Stack
from tests.waiting import until

from newsdrop.ledger.deadletters import DeadLetters
from newsdrop.ledger.ledger import Ledger
from newsdrop.monitor.audit import longest_unseen_s
from newsdrop.options import WatchOptions

MARK = "PWNED"
#: Set the window's title, clear the screen (C0 and C1), go back to the line's start, ring, turn text around.
PAYLOADS = [f"\x1b]0;{MARK}", f"\x1b[2J{MARK}", f"\x9b2J{MARK}", f"\x9d0;{MARK}", f"\r{MARK}", f"\x07{MARK}",
            f"\x08{MARK}", f"\x7f{MARK}", f"\u202e{MARK}", f"\u2066{MARK}", f"\u2028{MARK}"]  # fmt: skip
NAME = "".join(PAYLOADS) + "\n"
ACTS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069](?:\\]0;|\\[2J|2J|0;)?"
    + MARK
)
#: All that may act in what is written to a file or a pipe.
ONLY_LINES = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def hostile_page() -> bytes:
    """A page that has the payloads wherever a text of its own can stand."""
    text = "".join(PAYLOADS)
    return (
        f"<!--1585205587000-->\n[Titel {text}](https://www.bbc.com/zhongwen/simp/{MARK}-1)\n------\n"
        f'<main role="main"><h1>Titel {text}</h1><p>Wort {text} und noch eines, das man suchen kann.</p>'
        f'<figure><img src="https://a.example/{MARK}.jpg" alt="{text}">'
        f"<figcaption>{text}</figcaption></figure></main>\n"
    ).encode()


def harmless(output: str, *, what: object, terminal: bool = False) -> None:
    assert not ACTS.search(output), (what, output)
    if not terminal:
        assert not ONLY_LINES.search(output), (what, output)


@pytest.fixture
def place(tmp_path: Path) -> CliInstallation:
    place = CliInstallation(tmp_path)
    place.file(f"good{NAME}.md", hostile_page())
    place.file(f"bad{NAME}.md", b"no page")
    place.file(
        f"caf\udce9{MARK}.md".encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape"), b""
    )
    (place.drops / f"link{NAME}").symlink_to(f"nowhere{NAME}")
    os.mkfifo(place.drops / f"pipe{NAME}")
    return place


def test_no_command_lets_a_name_or_a_title_act(place: CliInstallation) -> None:
    good, bad = place.drops / f"good{NAME}.md", place.drops / f"bad{NAME}.md"
    missing = place.drops / f"missing{NAME}\udcff"
    shown = [
        place.run("ingest", place.drops),
        place.run("ingest", place.drops, "--json"),
        place.run("ingest", missing),
        place.run("ingest", missing, "--json"),
        place.run("enqueue", place.drops, "--force"),
        place.run("enqueue", missing),
        place.run("enqueue", missing, "--json"),
        place.run("search", "Wort"),
        place.run("search", "Wort", "--json"),
        place.run("search", f"file.path:{NAME}"),
        place.run("status"),
        place.run("status", "--json"),
        place.run("audit", place.drops),
        place.run("audit", place.drops, "--json"),
        place.run("audit", missing),
        place.run("index", "status"),
        place.run("config"),
        place.run("config", "--json"),
        *[place.run("parse", path, *more) for path in (good, bad, missing, place.drops / f"pipe{NAME}")
          for more in ((), ("--json",), ("--explain",), ("--explain", "--json"))],
        *[place.run("dead", *words) for words in (("list",), ("list", "--json"), ("groups",),
          ("groups", "--json"), ("export", "-"), ("show", NAME), ("list", "--path", f"*{NAME}*"))],
    ]  # fmt: skip
    for letter in place.json("dead", "list"):
        shown += [place.run("dead", "show", letter["id"]), place.run("dead", "show", letter["id"], "--json")]
    assert sum(MARK in one.output for one in shown) > 20, (
        "the payloads must come out for this to prove anything"
    )
    for one in shown:
        harmless(one.output, what=one)


def test_an_audit_that_finds_hostile_names_unaccounted_for_lets_none_act(place: CliInstallation) -> None:
    place.variables |= {"NEWSDROP_WATCH_RESCAN_S": "1", "NEWSDROP_WATCH_SETTLE_MS": "100"}
    for path in place.drops.iterdir():
        until(partial(_is_old, path), "files are old enough")
    for more in ((), ("--json",), ("--repair",)):
        result = place.run("audit", place.drops, *more)
        assert result.exit_code == 1
        assert MARK in result.output
        harmless(result.output, what=more)


def _is_old(path: Path) -> bool:
    return os.lstat(path).st_ctime + longest_unseen_s(WatchOptions(rescan_s=1, settle_ms=100)) < _now(path)


def _now(path: Path) -> float:
    # By the file system's own clock.
    probe = path.parent.parent / "clock"
    probe.touch()
    return probe.stat().st_ctime


@pytest.mark.parametrize(
    "arguments",
    [
        (f"--{NAME}",), (NAME,), ("--config", f"/nowhere/{NAME}", "status"), ("parse", f"--{NAME}"),
        ("search", "x", "--size", NAME), ("dead", NAME), ("index", NAME), ("audit", f"/nowhere/{NAME}"),
        ("watch", f"/nowhere/{NAME}"), ("dead", "list", "--stage", NAME), ("dead", "list", "--older", NAME),
        ("parse", "a", NAME),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_repeated_harmlessly(place: CliInstallation, arguments: tuple[str, ...]) -> None:
    done = place.run(*arguments)
    assert done.exit_code == 2
    harmless(done.output, what=arguments)


def test_a_wrong_argument_is_repeated_harmlessly_by_the_program_itself(place: CliInstallation) -> None:
    done = place.process("dead", NAME)
    assert done.returncode == 2
    harmless(done.stdout + done.stderr, what="dead")


@pytest.mark.redis
@pytest.mark.slow
@pytest.mark.parametrize("form", ["text", "json"])
def test_the_logs_of_watcher_and_worker_let_nothing_act(
    place: CliInstallation, tmp_path: Path, form: str
) -> None:
    redis = RedisServer().start()
    stack = Stack(
        tmp_path / "stack", redis=redis, extra={"NEWSDROP_LOG_FORMAT": form, "NEWSDROP_LOG_LEVEL": "debug"}
    )
    try:
        shutil.rmtree(stack.drops)
        place.drops.rename(stack.drops)
        stack.start("watch", "watch")
        stack.start("worker", "worker")
        client = redis.client()
        client.xadd("newsdrop:inbox", {"drop": json.dumps({"v": 1, "path": f"/etc/{NAME}"})})
        client.xadd("newsdrop:inbox", {"drop": f'{{"{NAME}'})
        client.lpush("newsdrop:newsdrop.ingest", NAME.encode())
        until(stack.settled(3), "all is settled")
        letters = DeadLetters(client, Ledger(client))
        until(lambda: len(letters.list()) >= 5, "messages are letters")
        client.close()
        stack.stop("worker")
        stack.stop("watch")
        for name in ("watch", "worker"):
            assert MARK in stack.log(name)
            harmless(stack.log(name), what=name)
        harmless(stack.run("dead", "list").stdout, what="dead list")
    finally:
        stack.close()


@pytest.mark.slow
def test_the_live_display_of_up_lets_nothing_act(place: CliInstallation) -> None:
    shown = on_a_terminal(place, "up", str(place.drops), "--until-idle", "--processes", "1")
    assert MARK in shown
    harmless(shown, what="up", terminal=True)
    for arguments in (("dead", "list"), ("dead", "groups"), ("search", "Wort"), ("audit", str(place.drops))):
        harmless(on_a_terminal(place, *arguments), what=arguments, terminal=True)


def on_a_terminal(place: CliInstallation, *arguments: str) -> str:
    """What a command writes to a terminal of its own."""
    leader, follower = pty.openpty()
    try:
        process = place.start(*arguments, terminal=follower)
    finally:
        os.close(follower)
    shown = b""
    with process:
        while True:
            try:
                part = os.read(leader, 65_536)
            except OSError:
                break  # how Linux says that nobody has the terminal open any more
            if not part:
                break
            shown += part
    os.close(leader)
    return shown.decode("utf-8", "replace")
