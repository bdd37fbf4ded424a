"""Who may ask: hosts, tokens, sessions and forms, without a server."""

from __future__ import annotations

import pytest

from newsdrop.errors import ConfigError
from newsdrop.web.access import SESSION_S, FailureLimiter, Seal, allowed_hosts, bare_host, is_loopback
from newsdrop.web.serve import check_reach

NOW_S = 1_700_000_000.0


def test_a_session_holds_for_its_time_and_no_longer() -> None:
    seal = Seal("a token of sixteen")
    cookie = seal.session(NOW_S)
    assert seal.in_session(cookie, NOW_S + SESSION_S - 1)
    assert not seal.in_session(cookie, NOW_S + SESSION_S)


@pytest.mark.parametrize("change", [str.upper, lambda text: f"9{text}", lambda text: text[:-1], lambda _: ""])
def test_a_changed_session_is_none(change: object) -> None:
    seal = Seal("a token of sixteen")
    assert callable(change)
    assert not seal.in_session(change(seal.session(NOW_S)), NOW_S)
    assert not seal.in_session(None, NOW_S)
    assert not seal.in_session("\ud800.x", NOW_S)


def test_a_new_token_ends_every_session_and_a_restart_none() -> None:
    cookie = Seal("a token of sixteen").session(NOW_S)
    assert Seal("a token of sixteen").in_session(cookie, NOW_S)
    assert not Seal("another of sixteen").in_session(cookie, NOW_S)
    assert not Seal(None).in_session(cookie, NOW_S)


def test_a_form_goes_with_the_cookie_it_was_made_for() -> None:
    seal = Seal(None)
    signature = seal.form("cookie")
    assert seal.is_form("cookie", signature)
    for cookie, given in (("other", signature), ("cookie", None), (None, signature), ("", seal.form(""))):
        assert not seal.is_form(cookie, given)
    assert not Seal(None).is_form("cookie", signature)
    assert not seal.is_form("cookie", seal.session(NOW_S))


def test_an_address_may_be_wrong_ten_times_and_then_now_and_then() -> None:
    limiter = FailureLimiter(most=10, every_s=6.0)
    for _ in range(10):
        assert limiter.wait_s("192.0.2.1", 0.0) == 0.0
        limiter.failed("192.0.2.1", 0.0)
    assert limiter.wait_s("192.0.2.1", 0.0) == 6.0
    assert limiter.wait_s("192.0.2.1", 6.0) == 0.0
    assert limiter.wait_s("192.0.2.2", 0.0) == 0.0
    assert limiter.wait_s("192.0.2.1", 1_000.0) == 0.0


def test_the_addresses_of_one_customer_are_one() -> None:
    limiter = FailureLimiter(most=1)
    limiter.failed("2001:db8::1", 0.0)
    assert limiter.wait_s("2001:db8::ffff", 0.0) > 0
    assert limiter.wait_s("2001:db8:0:1::1", 0.0) == 0.0


def test_what_is_remembered_of_failures_is_bounded() -> None:
    limiter = FailureLimiter(most=1, addresses=3)
    for number in range(5):
        limiter.failed(f"192.0.2.{number}", 0.0)
    assert [limiter.wait_s(f"192.0.2.{number}", 0.0) > 0 for number in range(5)] == [
        False,
        False,
        True,
        True,
        True,
    ]


def test_the_hosts_are_this_machines_names_the_address_and_what_is_named() -> None:
    hosts = allowed_hosts("10.0.0.5", ["News.Example.org"])
    assert {"localhost", "127.0.0.1", "[::1]", "10.0.0.5", "news.example.org"} == hosts
    assert "0.0.0.0" not in allowed_hosts("0.0.0.0", [])
    assert "[fd00::1]" in allowed_hosts("fd00::1", [])


@pytest.mark.parametrize(
    ("header", "host"),
    [
        ("LOCALHOST:8765", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]:80", "[::1]"),
        ("example.org.", "example.org"),
        ("127.0.0.1.evil.example", "127.0.0.1.evil.example"),
        (None, ""),
    ],
)
def test_a_host_is_read_without_its_port(header: str | None, host: str) -> None:
    assert bare_host(header) == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "localhost", "::1", "[::1]"])
def test_this_machines_own_addresses_need_no_token(host: str) -> None:
    assert is_loopback(host)
    check_reach(host, None)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "example.org", ""])
def test_every_other_address_needs_one(host: str) -> None:
    with pytest.raises(ConfigError, match="TLS"):
        check_reach(host, None)
    check_reach(host, "a token of sixteen")
