"""Elasticsearch that is being started: away, then not knowing anybody, then there."""

from __future__ import annotations

from collections.abc import Iterable

from newsdrop.index.awaiting import comes_up


class Server:
    """Answers in turn, the last one for ever; its clock goes by what is slept."""

    def __init__(self, answers: Iterable[int | None]) -> None:
        self.left = list(answers)
        self.now_s = 0.0

    def status(self) -> int | None:
        return self.left.pop(0) if len(self.left) > 1 else self.left[0]

    def comes_up(self, wait_s: float) -> bool:
        return comes_up(self.status, wait_s, clock_s=lambda: self.now_s, sleep=self.sleep)

    def sleep(self, duration_s: float) -> None:
        self.now_s += duration_s


def test_a_server_that_is_there_is_not_waited_for() -> None:
    server = Server([200])
    assert server.comes_up(0)
    assert server.now_s == 0


def test_one_that_knows_nobody_yet_is_asked_again_until_it_does() -> None:
    server = Server([None, None, 401, 401, 401, 200])
    assert server.comes_up(300)
    assert server.left == [200]
    assert server.now_s == 5


def test_one_that_may_not_tell_us_its_name_is_there() -> None:
    assert Server([403]).comes_up(300)


def test_a_wrong_password_is_not_waited_for_to_the_end() -> None:
    server = Server([401])
    assert server.comes_up(3_600)
    assert server.now_s == 60


def test_without_a_wait_a_wrong_password_is_told_at_once() -> None:
    server = Server([401])
    assert server.comes_up(0)
    assert server.now_s == 0


def test_a_server_that_falls_again_has_its_minute_anew() -> None:
    server = Server([*[401] * 50, None, *[401] * 50, 200])
    assert server.comes_up(300)
    assert server.now_s == 101


def test_one_that_never_answers_does_not_come_up() -> None:
    server = Server([None])
    assert not server.comes_up(10)
    assert server.now_s == 10
