"""A user whom the system has no name and no home for, as in many containers."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from newsdrop.configfiles import config_folders
from newsdrop.errors import ConfigError
from newsdrop.settings import load_settings
from newsdrop.user import at_home, who


def no_such_user(error: Exception) -> Callable[..., str]:
    def asked(*_: object) -> str:
        raise error

    return asked


# Python before 3.13 raises KeyError.
@pytest.mark.parametrize("error", [KeyError("uid not found"), OSError("no name")])
def test_a_user_without_a_name_is_known_by_the_number(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(getpass, "getuser", no_such_user(error))
    assert who().startswith(f"{os.getuid()}@")


def test_a_home_that_nobody_has_is_an_error_about_the_path() -> None:
    assert at_home(Path("~/x")) == Path.home() / "x"
    assert at_home(Path("x/~")) == Path("x/~")
    with pytest.raises(ConfigError, match=r"~nobody-of-this-name/x.*Give the whole path"):
        at_home(Path("~nobody-of-this-name/x"))


@pytest.mark.parametrize(
    "name", ["state_dir", "config_dir", "redis.ca_certs", "elasticsearch.ca_certs", "queue.dead_export"]
)
def test_each_path_among_the_settings_may_begin_at_home(name: str) -> None:
    group, _, last = name.rpartition(".")
    settings = load_settings({}, {name: "~/place"})
    assert getattr(getattr(settings, group) if group else settings, last) == Path.home() / "place"
    with pytest.raises(ConfigError, match=f"{name}.*nobody-of-this-name"):
        load_settings({}, {name: "~nobody-of-this-name/place"})


def test_without_a_home_only_the_folder_for_the_state_must_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setattr("pwd.getpwuid", no_such_user(KeyError("uid not found")))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"Set state_dir \(NEWSDROP_STATE_DIR\)"):
        load_settings({})
    assert load_settings({"NEWSDROP_STATE_DIR": str(tmp_path)}).state_dir == tmp_path


def test_a_home_that_this_user_may_not_look_into_has_no_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    (closed / ".config/newsdrop").mkdir(parents=True)
    (closed / ".config/newsdrop/newsdrop.toml").write_text("collection = 'another'\n", "ascii")
    named = closed / ".config/newsdrop/newsdrop.toml"
    monkeypatch.setenv("HOME", str(closed))
    monkeypatch.chdir(tmp_path)
    assert load_settings({}).collection == "another"
    closed.chmod(0)
    other = 65_534 if os.geteuid() == 0 else os.geteuid()
    before = os.geteuid()
    os.seteuid(other)
    try:
        assert load_settings({}).collection is None
        with pytest.raises(ConfigError, match=f"NEWSDROP_CONFIG names {named}.*Permission denied"):
            load_settings({"NEWSDROP_CONFIG": str(named)})
        with pytest.raises(ConfigError, match="NEWSDROP_CONFIG_DIR"):
            config_folders(closed / "config")
    finally:
        os.seteuid(before)
        closed.chmod(0o700)
