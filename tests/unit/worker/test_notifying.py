from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.servers.http_server import Answer, HttpServer, Request

from newsdrop.errors import ConfigError, TransientError
from newsdrop.settings import load_settings
from newsdrop.worker.notifying import sender


class _Hook(HttpServer):
    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.status = 200
        super().__init__()

    def answer(self, request: Request) -> Answer:
        self.taken.append(request.body)
        return Answer(self.status)


@pytest.fixture
def hook() -> Iterator[_Hook]:
    with _Hook() as hook:
        yield hook


def test_without_settings_nobody_is_told() -> None:
    assert sender(load_settings({})) is None


def test_a_command_gets_the_text_without_a_shell(tmp_path: Path) -> None:
    program = f"import sys; open({str(tmp_path / 'got')!r}, 'w').write(sys.stdin.read() + sys.argv[1])"
    send = sender(load_settings({"NEWSDROP_NOTIFY_COMMAND": f'{sys.executable} -c "{program}" $HOME'}))
    assert send is not None
    send("中文\n")
    assert (tmp_path / "got").read_text() == "中文\n$HOME"


@pytest.mark.parametrize(
    ("command", "said"), [("false", "ended with 1"), ("/no/such/program", "can't be started: No such file")]
)
def test_a_command_that_fails_says_how(command: str, said: str) -> None:
    send = sender(load_settings({"NEWSDROP_NOTIFY_COMMAND": command}))
    assert send is not None
    with pytest.raises(TransientError, match=said):
        send("x")


def test_a_webhook_gets_json_and_its_address_stays_secret(hook: _Hook) -> None:
    url = f"{hook.url}/secret"
    settings = load_settings({"NEWSDROP_NOTIFY_WEBHOOK": url})
    assert "secret" not in str(settings.public())
    send = sender(settings)
    assert send is not None
    send("one\ntwo")
    assert [json.loads(body) for body in hook.taken] == [{"text": "one\ntwo"}]
    hook.status = 500
    with pytest.raises(TransientError, match="answered with 500"):
        send("x")
    hook.close()
    with pytest.raises(TransientError) as failed:
        send("x")
    assert "secret" not in failed.value.message


def test_a_way_that_fails_keeps_no_other_from_being_used_nor_from_being_enough(
    hook: _Hook, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"{hook.url}/secret"
    send = sender(load_settings({"NEWSDROP_NOTIFY_COMMAND": "false", "NEWSDROP_NOTIFY_WEBHOOK": url}))
    assert send is not None
    send("once")
    assert [json.loads(body) for body in hook.taken] == [{"text": "once"}]
    assert [record.message for record in caplog.records] == ["notice.incomplete"]
    hook.status = 500
    with pytest.raises(TransientError, match=r"ended with 1.*answered with 500"):
        send("twice")


@pytest.mark.parametrize(
    ("name", "value"), [("COMMAND", "'unclosed"), ("COMMAND", " "), ("WEBHOOK", "chat.example.org")]
)
def test_settings_that_can_not_work_are_refused(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"notify.{name.lower()}"):
        load_settings({f"NEWSDROP_NOTIFY_{name}": value})
