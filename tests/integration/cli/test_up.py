"""`newsdrop up` as a real process tree with embedded servers: does all, sums up, leaves nothing behind."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.corpus import CorpusSpec, seed_like, write_corpus
from tests.inputs.bundle_files import zipped
from tests.servers.cli_installation import CliInstallation
from tests.servers.ports import free_port
from tests.servers.web_server import Browser
from tests.waiting import PATIENCE_S, until
from urllib3.exceptions import HTTPError

from newsdrop.ledger.embedded import EmbeddedValkey

pytestmark = pytest.mark.slow
SMALL = CorpusSpec(articles=24, bytes_per_article=(600, 2_000), older_every=8, duplicate_every=10)


def processes_of(place: CliInstallation) -> list[int]:
    """Every process, however it was started, that knows this installation's state folder."""
    marks = (os.fsencode(place.state), b"NEWSDROP_STATE_DIR=" + os.fsencode(place.state))
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            told = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
        except OSError:
            continue
        if any(mark in told for mark in marks):
            found.append(int(entry.name))
    return found


def servers_of(place: CliInstallation) -> list[int]:
    return [pid for pid in processes_of(place) if Path(f"/proc/{pid}/exe").readlink().name == "valkey-server"]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[CliInstallation]:
    place = CliInstallation(tmp_path, NEWSDROP_WORKER_PROCESSES="1", NEWSDROP_QUEUE_RECONCILE_S="0.5")
    yield place
    for pid in processes_of(place):
        os.kill(pid, signal.SIGKILL)


def at_work(place: CliInstallation) -> bool:
    """Whether watcher and worker have reported, to the server that `up` has started."""
    if not EmbeddedValkey(place.state).running():
        return False
    shown = place.run("status", "--json").stdout
    return all(re.search(rf'"{kind}": {{\s*"', shown) for kind in ("watchers", "workers"))


@pytest.mark.parametrize("after", ["move", "delete"])
def test_until_idle_waits_until_files_are_put_away_and_counts_them_all(
    place: CliInstallation, after: str
) -> None:
    folder = {"path": str(place.drops), "after": after}
    if after == "move":
        folder |= {name: str(place.base / name) for name in ("done", "failed")}
    place.variables["NEWSDROP_FOLDERS"] = json.dumps([folder])
    for number in range(1, 6):
        place.page(f"{number}.md", number)
    place.file("bad.md", b"\x89PNG\r\n\x1a\n" + bytes(300))
    place.file("bundle.zip", zipped({f"{number}.md": seed_like(number) for number in (11, 12)}))
    again = "6 files: 1 dead, 5 indexed" if after == "move" else "9 files: 1 dead, 1 expanded, 7 indexed"
    for summary in ("9 files: 1 dead, 1 expanded, 7 indexed", again):
        done = place.process("up", "--until-idle")
        assert done.returncode == 0, done.stderr
        assert summary in done.stdout
        left = {path.name for path in place.drops.iterdir()}
        assert left == (set() if after == "move" else {"bad.md", "bundle.zip"})
        # Tomorrow's delivery has the same names.
        for path in [*(place.base / "done").glob("*.md"), *(place.base / "failed").glob("*.md")]:
            path.rename(place.drops / path.name)
        if after == "delete":
            for number in range(1, 6):
                place.page(f"{number}.md", number)


def test_until_idle_ingests_a_folder_sums_up_and_leaves_no_process(place: CliInstallation) -> None:
    report = write_corpus(place.drops, SMALL)
    done = place.process("up", place.drops, "--until-idle")
    assert done.returncode == 0, done.stderr
    assert f"{report.files} files:" in done.stdout
    assert f"{len(report.dead)} dead" in done.stdout
    assert "files/s" in done.stdout
    assert "empty-file/" in done.stdout
    assert "embedded" in done.stderr
    assert processes_of(place) == []
    assert place.json("status")["index"]["documents"] == report.articles
    # Nothing is left for a worker that may never come: Kibana has all of them.
    assert place.json("index", "status")["letters"]["documents"] == len(report.dead)
    query, expected = next(iter(report.queries.items()))
    assert place.json("search", query)["total"] == expected
    assert place.json("audit", place.drops)["ok"]


def test_what_is_in_the_state_folder_is_for_its_owner_alone(place: CliInstallation) -> None:
    place.page("one.md")
    place.file("empty.md", b"")
    free = ["sh", "-c", 'umask 000; exec "$@"', "sh"]
    assert place.process("up", place.drops, "--until-idle", "--processes", 1, under=free).returncode == 0
    assert place.process("status", under=free).returncode == 0
    inside = [place.state, *place.state.rglob("*")]
    assert {place.state / "log" / "worker.log", place.state / "ledger-born"} <= set(inside)
    assert [str(path) for path in inside if path.stat().st_mode & 0o077] == []


def test_a_second_run_over_an_unchanged_folder_has_nothing_to_do(place: CliInstallation) -> None:
    for number in range(3):
        place.page(f"{number}.txt", number)
    assert place.process("up", place.drops, "--until-idle").returncode == 0
    done = place.process("up", place.drops, "--until-idle")
    assert done.returncode == 0
    assert "3 files: 3 indexed" in done.stdout


def test_the_members_of_bundles_are_summed_up_with_their_dead(place: CliInstallation) -> None:
    place.page("good.txt")
    place.file(
        "a.zip", zipped({"空.md": "没有题目".encode(), "无.md": b"", "二.md": seed_like(2, html_bytes=4_000)})
    )
    # A locale that knows no Chinese: names inside a bundle are none of its business.
    place.variables |= {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = place.process("up", place.drops, "--until-idle")
    assert done.returncode == 0, done.stderr
    assert "4 files: 1 dead, 1 expanded, 2 indexed" in done.stdout
    assert "unknown-dialect/" in done.stdout
    assert "4 files, all accounted for" in place.process("audit", place.drops).stdout


def test_an_index_that_was_lost_is_filled_again(place: CliInstallation) -> None:
    for number in range(3):
        place.page(f"{number}.txt", number)
    assert place.process("up", place.drops, "--until-idle").returncode == 0
    for file in place.state.glob("index.sqlite3*"):
        file.unlink()
    done = place.process("up", place.drops, "--until-idle")
    assert "3 files are read again" in done.stderr
    assert place.json("status")["index"]["documents"] == 3


@pytest.mark.parametrize("command", ["up", "status", "search"])
def test_a_signal_at_any_moment_of_the_start_makes_no_traceback(place: CliInstallation, command: str) -> None:
    words = ["status"] if command == "status" else [command, place.drops]
    for wait_s in (0.05, 0.1, 0.15, 0.2, 0.3, 0.4):
        with place.start(*words) as process:
            time.sleep(wait_s)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=PATIENCE_S)
        # Before Python has come to `main`, a traceback is its own.
        assert "newsdrop/cli" not in err, (wait_s, out, err)
        assert process.returncode in (0, 1, 130, -signal.SIGINT), (wait_s, out, err)


def test_an_empty_folder_is_idle_at_once(place: CliInstallation) -> None:
    assert place.process("up", place.drops, "--until-idle").returncode == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_a_signal_ends_the_whole_tree_cleanly(place: CliInstallation, number: int, code: int) -> None:
    with place.start("up", place.drops) as process:
        until(lambda: at_work(place), "watcher and worker")
        place.page("late.txt", 7)
        until(lambda: place.counts() == {"indexed": 1}, "the late file")
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == code, err
    assert "Traceback" not in out + err
    until(lambda: not processes_of(place), "the tree to end")


def test_a_terminal_that_closes_ends_the_whole_tree_unless_nohup_wants_it_to_go_on(
    place: CliInstallation,
) -> None:
    with place.start("up", place.drops, under=["sh", "-c", 'trap "" HUP; exec "$@"', "sh"]) as process:
        until(lambda: at_work(place), "watcher and worker")
        process.send_signal(signal.SIGHUP)
        place.page("after.txt", 7)
        until(lambda: place.counts() == {"indexed": 1}, "the file that came afterwards")
        assert process.poll() is None
        process.terminate()
        assert process.wait(PATIENCE_S) == 0
    with place.start("up", place.drops) as process:
        until(lambda: at_work(place), "watcher and worker")
        process.send_signal(signal.SIGHUP)
        assert process.wait(PATIENCE_S) == 0
    until(lambda: not processes_of(place), "the tree to end")


def test_a_command_that_is_told_to_end_stops_the_server_that_it_started(place: CliInstallation) -> None:
    with place.start("status", "--watch", "--every", "0.2") as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.terminate()
        assert process.wait(PATIENCE_S) == -signal.SIGTERM
    until(lambda: not processes_of(place), "the server to end")


def test_a_killed_parent_takes_its_children_along(place: CliInstallation) -> None:
    with place.start("up", place.drops) as process:
        until(lambda: at_work(place), "watcher and worker")
        process.kill()
        process.communicate(timeout=PATIENCE_S)
    # The embedded server may outlive everybody who used it; the next user finds it and ends it.
    until(lambda: len(processes_of(place)) <= 1, "the children to end")
    assert place.process("status").returncode == 0
    until(lambda: not processes_of(place), "the server to end")


def test_a_worker_that_is_killed_is_started_again(place: CliInstallation) -> None:
    with place.start("up", place.drops) as process:
        until(lambda: at_work(place), "watcher and worker")
        for pid in processes_of(place):
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            if b"worker" in command and str(process.pid).encode() in command:
                os.kill(pid, signal.SIGKILL)
        place.page("late.txt", 7)
        until(lambda: place.counts() == {"indexed": 1}, "the late file")
        process.terminate()
        _out, err = process.communicate(timeout=PATIENCE_S)
    assert "worker" in err


def test_an_embedded_server_that_is_killed_is_started_again_and_nothing_is_lost(
    place: CliInstallation,
) -> None:
    with place.start("up", place.drops) as process:
        until(lambda: at_work(place), "watcher and worker")
        place.page("early.txt", 1)
        (server,) = servers_of(place)
        os.kill(server, signal.SIGKILL)
        place.page("late.txt", 2)
        until(lambda: place.counts() == {"indexed": 2}, "both files")
        process.terminate()
        process.communicate(timeout=PATIENCE_S)
    for path in place.drops.iterdir():
        os.utime(path, (1_600_000_000, 1_600_000_000))
    assert place.process("up", place.drops, "--until-idle").returncode == 0
    assert place.json("audit", place.drops)["states"] == {"indexed": 2}


def test_an_embedded_server_that_stands_still_is_waited_for(place: CliInstallation) -> None:
    place.variables["NEWSDROP_REDIS_TIMEOUT_S"] = "1"
    with place.start("up", place.drops) as process:
        until(lambda: at_work(place), "watcher and worker")
        (server,) = servers_of(place)
        os.kill(server, signal.SIGSTOP)
        try:
            # Long enough for everybody to notice, and to look for a server again and again.
            time.sleep(15)
            assert process.poll() is None
            assert servers_of(place) == [server]
        finally:
            os.kill(server, signal.SIGCONT)
        place.page("late.txt", 2)
        until(lambda: place.counts() == {"indexed": 1}, "the file")
        assert servers_of(place) == [server]
        process.terminate()
        out, err = process.communicate(timeout=PATIENCE_S)
    assert "Traceback" not in out + err


def test_children_that_refuse_their_settings_end_the_whole_with_their_message(place: CliInstallation) -> None:
    place.page("waiting.txt")
    rules = place.base / "config" / "sites"
    rules.mkdir(parents=True)
    (rules / "broken.toml").write_text("hosts = [")
    place.variables["NEWSDROP_CONFIG_DIR"] = str(place.base / "config")
    done = place.process("up", place.drops, "--until-idle")
    assert done.returncode == 2, done.stderr
    assert "broken.toml" in done.stderr
    assert processes_of(place) == []


def test_the_demo_ends_with_a_search_that_finds_something(place: CliInstallation) -> None:
    done = place.process("demo", place.drops, "--articles", 20)
    assert done.returncode == 0, done.stderr
    assert "newsdrop search" in done.stdout
    assert "1. " in done.stdout
    # Four files of each hundred that is begun can't be read by anybody.
    assert place.json("status")["states"]["dead"] == 4
    assert place.process("audit", place.drops).returncode == 0


def test_with_the_page_it_is_served_in_the_same_tree_and_ends_with_it(place: CliInstallation) -> None:
    place.page("1.txt")
    place.variables["NEWSDROP_WEB_PORT"] = str(free_port())
    with place.start("up", place.drops, "--web") as process:
        browser = Browser(f"http://127.0.0.1:{place.variables['NEWSDROP_WEB_PORT']}")

        def found() -> bool:
            try:
                return "1 article" in browser.get("/").words
            except HTTPError:
                return False

        until(found, "the page shows the article")
        assert str(place.drops) in browser.get("/status").words
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=120)
    browser.close()
    assert process.returncode == 0, err
    assert f"The web interface is at {browser.base}." in err
    assert processes_of(place) == []


def test_a_page_that_cant_be_served_ends_it_with_the_reason(place: CliInstallation) -> None:
    place.variables["NEWSDROP_WEB_HOST"] = "0.0.0.0"
    done = place.process("up", place.drops, "--web")
    assert done.returncode == 2
    assert "web.token" in done.stderr
    assert processes_of(place) == []
