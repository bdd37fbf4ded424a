from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import pytest
from tests.servers.celery_worker import ROOT
from tests.waiting import until

from newsdrop.errors import ConfigError, OutageError
from newsdrop.ledger import embedded
from newsdrop.ledger.connect import check_server, connect
from newsdrop.ledger.embedded import EmbeddedValkey
from newsdrop.settings import load_settings
from newsdrop.worker.broker import broker_url
from newsdrop.worker.transport import GuardedConnection

pytestmark = pytest.mark.redis


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    server = EmbeddedValkey(tmp_path / "state with space")
    server.start()
    yield server
    server.stop()
    assert not server.running()


def test_it_is_private_durable_and_never_evicts(valkey: EmbeddedValkey) -> None:
    assert stat.S_IMODE(valkey.folder.stat().st_mode) == 0o700
    settings = load_settings({"NEWSDROP_STATE_DIR": str(valkey.folder.parent)})
    with connect(settings) as client:
        assert check_server(client) == []
        assert client.config_get("appendfsync")["appendfsync"] == "everysec"
        assert client.config_get("port")["port"] == "0"
    with GuardedConnection(broker_url(settings)) as connection:
        connection.connect()


def test_what_it_holds_outlives_it(tmp_path: Path) -> None:
    settings = load_settings({"NEWSDROP_STATE_DIR": str(tmp_path)})
    for expected in (None, b"1"):
        server = EmbeddedValkey(tmp_path)
        server.start()
        with connect(settings) as client:
            assert client.get("kept") == expected
            client.set("kept", "1")
        server.stop()


def test_ctrl_c_during_its_start_leaves_no_server_that_nobody_uses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    server = EmbeddedValkey(tmp_path)
    monkeypatch.setattr(server, "_wait_until_up", interrupt)
    with pytest.raises(KeyboardInterrupt):
        server.start()
    # It would answer by and by.
    again = EmbeddedValkey(tmp_path)
    life = os.open(again.folder / "server", os.O_RDWR)
    assert embedded._lock_at_once(life)
    os.close(life)
    assert not again.running()


def test_a_folder_that_takes_no_sockets_is_told_with_what_to_do(tmp_path: Path) -> None:
    server = tmp_path / "valkey-server"
    # What the real one says on exFAT before it ends.
    said = "9:M 30 Nov 2026 15:05:21.784 # Failed opening Unix socket: bind: Input/output error"
    server.write_text(f"#!/bin/sh\necho '{said}'\nexit 1\n")
    server.chmod(0o755)
    with pytest.raises(ConfigError, match=r"can't have its socket in .*set state_dir .* or redis\.url"):
        EmbeddedValkey(tmp_path / "state", binary=server).start()


def test_a_server_that_a_full_disk_keeps_from_starting_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _path: SimpleNamespace(total=1 << 30, free=0))
    server = tmp_path / "server"
    server.write_text("#!/bin/sh\nexit 1\n")
    server.chmod(0o700)
    with pytest.raises(OutageError, match=r"can't be started: the disk of .* is full"):
        EmbeddedValkey(tmp_path / "state", binary=server).start()


def test_a_second_user_shares_the_server_and_the_last_one_ends_it(valkey: EmbeddedValkey) -> None:
    second = EmbeddedValkey(valkey.folder.parent)
    second.start()
    valkey.stop()
    assert second.running()
    second.stop()
    assert not second.running()


def test_stopping_what_was_never_started_ends_nobody_elses_server(valkey: EmbeddedValkey) -> None:
    EmbeddedValkey(valkey.folder.parent).stop()
    assert valkey.running()


def test_many_processes_starting_at_once_get_one_server(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from newsdrop.ledger.embedded import EmbeddedValkey as E\n"
        "e = E(Path(sys.argv[1])); e.start(); print(e._ping(), flush=True); sys.stdin.read(); e.stop()"
    )
    users = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(ROOT / "workers")},
            text=True,
        )
        for _ in range(4)
    ]
    pids = {user.stdout.readline() for user in users if user.stdout}
    for user in users:
        user.communicate("")
    assert len(pids) == 1
    assert not EmbeddedValkey(tmp_path).running()


def test_a_server_that_was_killed_is_started_again(valkey: EmbeddedValkey) -> None:
    pid = valkey._ping()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    until(lambda: not valkey.running())
    valkey.start()
    assert valkey.running()


def test_a_server_that_does_not_answer_gets_no_second_beside_it(
    valkey: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = valkey._ping()
    assert pid is not None
    monkeypatch.setattr(embedded, "_ANSWER_S", 0.2)
    os.kill(pid, signal.SIGSTOP)
    second = EmbeddedValkey(valkey.folder.parent)
    try:
        with pytest.raises(OutageError, match="doesn't answer"):
            second.start(patience_s=0.5)
        # Nor does the user of before start one.
        with pytest.raises(OutageError, match="doesn't answer"):
            valkey.start(patience_s=0)
        resume = threading.Timer(1.0, os.kill, (pid, signal.SIGCONT))
        resume.start()
        second.start()
        resume.join()
    finally:
        os.kill(pid, signal.SIGCONT)
    assert second._ping() == pid
    valkey.start()
    second.stop()


def test_a_path_too_long_for_a_socket_gets_a_short_one_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path.joinpath(*["folder-with-a-long-name"] * 6)
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/tmp")
    server = EmbeddedValkey(deep)
    assert len(os.fsencode(server.socket)) < 104
    server.start()
    try:
        # Whoever has another place for such things, or none, finds the same server.
        with TemporaryDirectory(dir="/tmp") as other:
            monkeypatch.setenv("XDG_RUNTIME_DIR", other)
            second = EmbeddedValkey(deep)
            assert second.socket != server.socket
            assert second.running()
        assert (deep / "valkey" / "appendonlydir").is_dir()
        assert stat.S_IMODE(server.socket.parent.parent.stat().st_mode) == 0o700
    finally:
        server.stop()


def test_a_folder_that_cannot_be_made_is_a_setting_to_change(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConfigError, match="NEWSDROP_STATE_DIR"):
        EmbeddedValkey(tmp_path / "file").start()


def test_a_link_in_the_folders_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "valkey").symlink_to(tmp_path / "other")
    with pytest.raises(ConfigError, match="link"):
        EmbeddedValkey(tmp_path).start()
