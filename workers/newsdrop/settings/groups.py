"""The settings themselves: groups, folders, servers, each with what its values must be (validation.py).

Frozen, and secrets are `SecretStr`. Reads nothing: where values come from is sources.py's business. What is
constructed directly, as in tests, is not validated.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from newsdrop.addresses import mask, parse_http, parse_redis
from newsdrop.errors import ConfigError
from newsdrop.options import (
    ELASTICSEARCH_TIMEOUT_S,
    KIBANA_TIMEOUT_S,
    Bounds,
    EnrichOptions,
    IndexOptions,
    Limits,
    Patterns,
    QueueOptions,
    Seconds,
    WatchOptions,
    WorkerOptions,
)
from newsdrop.settings.places import misplaced
from newsdrop.settings.validation import SecretStr, fields_of, is_table, mentions, plain
from newsdrop.user import at_home

__all__ = ["Folder", "Log", "Redis", "Setting", "Settings", "Web", "folder_paths", "settings_groups"]

After = Literal["keep", "move", "delete"]
#: Nobody guesses a token of so many characters, however long they try.
_TOKEN_CHARS = 16


class _Checked:
    """A value that a function accepts: it raises ValueError for any other."""

    def __init__(self, accept: Callable[[Any], object]) -> None:
        self._accept = accept

    def read(self, value: Any, inner: Callable[[Any], Any]) -> Any:
        found = inner(value)
        self._accept(found)
        return found


class _Absolute:
    """A path that is made absolute."""

    def read(self, value: Any, inner: Callable[[Any], Path]) -> Path:
        # Not `Path.resolve`: the folder may be a symlink that is to be told by its own name.
        return Path(os.path.abspath(inner(value)))  # noqa: PTH100 - see above


class _PlainPaths:
    """A list of tables in which a path alone stands for a table that has nothing else."""

    def read(self, value: Any, inner: Callable[[Any], Any]) -> Any:
        if isinstance(value, Mapping):
            raise ValueError("each folder is a table of its own: write [[folders]], with two brackets")
        if isinstance(value, list | tuple):
            value = [{"path": item} if isinstance(item, str | Path) else item for item in value]
        return inner(value)


def _is_redis(url: SecretStr) -> None:
    _ = parse_redis(url.get_secret_value())


def _is_http(url: str) -> None:
    _ = parse_http(url)


def _is_one_server(url: str) -> None:
    if len(parse_http(url).urls) > 1:
        raise ValueError("it names several servers, and can name only one")


def _is_hard_to_guess(token: SecretStr) -> None:
    if len(token.get_secret_value()) < _TOKEN_CHARS:
        raise ValueError(f"must have at least {_TOKEN_CHARS} characters, which `openssl rand -hex 16` makes")


def _is_command(command: str) -> None:
    # Says what is wrong with its quotes.
    if not shlex.split(command):
        raise ValueError("it is empty")


def _is_web_address(url: SecretStr) -> None:
    if not url.get_secret_value().startswith(("https://", "http://")):
        raise ValueError("it is no http:// or https:// address")


def _default_state_dir() -> Path:
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    try:
        return at_home(Path(base)) / "newsdrop"
    except ConfigError:
        raise ConfigError(
            "newsdrop doesn't know where to keep its state: HOME isn't set, and the system has no home for "
            f"the user {os.getuid()}. Set state_dir (NEWSDROP_STATE_DIR) to a folder that can be written."
        ) from None


class Folder(msgspec.Struct, frozen=True, kw_only=True):
    """One watched folder and what is particular to it."""

    path: Annotated[Path, _Absolute()]
    collection: str | None = None
    after: After = "keep"
    done: Annotated[Path, _Absolute()] | None = None
    failed: Annotated[Path, _Absolute()] | None = None
    on_delete: Literal["keep", "remove"] = "keep"
    polling: bool | None = None
    include: Patterns = ()
    headerless: Literal["refuse", "article"] = "refuse"

    @property
    def disposes(self) -> bool:
        """Whether files are put away once they are settled."""
        return self.after != "keep"

    @property
    def removes(self) -> bool:
        """Whether the article of a file that disappears is removed.

        Never if files are put away, because then it is normal that files are no longer in the folder.
        """
        return self.on_delete == "remove" and not self.disposes

    def verify(self) -> None:
        """Raise ValueError if the places of files that are put away are missing, or watched."""
        if self.after == "move" and not (self.done and self.failed):
            raise ValueError('after = "move" needs both `done` and `failed` folders')
        for place in (self.done, self.failed):
            if place and (place == self.path or self.path in place.parents):
                raise ValueError(f"{place} lies inside the watched folder {self.path}; it must be outside")


class Redis(msgspec.Struct, frozen=True, kw_only=True):
    """`url` None means the embedded Valkey. User and password stand in the URL or in their own settings."""

    url: Annotated[SecretStr, _Checked(_is_redis)] | None = None
    username: str | None = None
    password: SecretStr | None = None
    ca_certs: Path | None = None
    timeout_s: Seconds = 10.0

    def verify(self) -> None:
        """Raise ValueError unless user and password stand in one place, with a server to use them."""
        given = self.username is not None or self.password is not None
        if given and self.url is None:
            raise ValueError("`username` and `password` need a `url`; the embedded server has neither")
        if self.username is not None and self.password is None:
            raise ValueError("a `username` needs its `password`")
        if given and self.url is not None and parse_redis(self.url.get_secret_value()).user_part:
            raise ValueError(
                "give the user and password in `url` or in `username` and `password`, not in both"
            )


class _Server(msgspec.Struct, frozen=True, kw_only=True):
    """One of the Elastic stack's programs: a server, or several of one cluster with commas between them.

    `url` never holds a password: user and password given in it are taken out into their own settings, because
    a URL is shown in messages, logs and `newsdrop config`.
    """

    url: Annotated[str, _Checked(_is_one_server)] | None = None
    api_key: SecretStr | None = None
    username: str | None = None
    password: SecretStr | None = None
    ca_certs: Path | None = None

    @classmethod
    def prepare(cls, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """What was given, with user and password taken out of the URL."""
        url = values.get("url")
        if not isinstance(url, str):
            return values
        try:
            servers = parse_http(url)
        except ValueError:
            # Told by the field's own check, which names the setting.
            return values
        if servers.username is None and servers.password is None:
            return {**values, "url": ",".join(servers.urls)}
        if values.get("username") or values.get("password"):
            raise ValueError(
                "give the user and password in `url` or in `username` and `password`, not in both"
            )
        return {
            **values,
            "url": ",".join(servers.urls),
            "username": servers.username,
            "password": servers.password,
        }

    def verify(self) -> None:
        """Raise ValueError if a user has no password."""
        if self.api_key is None and self.username is not None and self.password is None:
            raise ValueError("a `username` needs its `password`, or an `api_key` in the place of both")


class Elasticsearch(_Server, frozen=True, kw_only=True):
    """`url` None means the embedded SQLite index; it may name several servers of one cluster."""

    url: Annotated[str, _Checked(_is_http)] | None = None
    timeout_s: Annotated[float, Bounds(gt=0, le=30)] = ELASTICSEARCH_TIMEOUT_S


class Kibana(_Server, frozen=True, kw_only=True):
    """What `newsdrop kibana import` loads into; nothing else uses it. `space` None means the default one."""

    space: str | None = None
    timeout_s: Seconds = KIBANA_TIMEOUT_S


class Web(msgspec.Struct, frozen=True, kw_only=True):
    """The page of `newsdrop web`. `hosts`: other names than its own that a proxy asks for it by."""

    host: str = "127.0.0.1"
    port: Annotated[int, Bounds(ge=0, le=65_535)] = 8765
    token: Annotated[SecretStr, _Checked(_is_hard_to_guess)] | None = None
    hosts: Patterns = ()


class Notify(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to tell of what shouldn't wait; neither set: nobody."""

    command: Annotated[str, _Checked(_is_command)] | None = None
    webhook: Annotated[SecretStr, _Checked(_is_web_address)] | None = None
    gate_s: Seconds = 600.0
    every_s: Seconds = 900.0


class Log(msgspec.Struct, frozen=True, kw_only=True):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "text", "json"] = "auto"


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """All but this switch is said by OpenTelemetry's own variables."""

    enabled: bool = False


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings. Folders may be given as paths alone; `state_dir` holds the embedded servers' data."""

    folders: Annotated[tuple[Folder, ...], _PlainPaths()] = ()
    collection: str | None = None
    state_dir: Path = msgspec.field(default_factory=_default_state_dir)
    config_dir: Path | None = None
    redis: Redis = msgspec.field(default_factory=Redis)
    elasticsearch: Elasticsearch = msgspec.field(default_factory=Elasticsearch)
    kibana: Kibana = msgspec.field(default_factory=Kibana)
    web: Web = msgspec.field(default_factory=Web)
    index: IndexOptions = msgspec.field(default_factory=IndexOptions)
    watch: WatchOptions = msgspec.field(default_factory=WatchOptions)
    queue: QueueOptions = msgspec.field(default_factory=QueueOptions)
    worker: WorkerOptions = msgspec.field(default_factory=WorkerOptions)
    limits: Limits = msgspec.field(default_factory=Limits)
    enrich: EnrichOptions = msgspec.field(default_factory=EnrichOptions)
    notify: Notify = msgspec.field(default_factory=Notify)
    log: Log = msgspec.field(default_factory=Log)
    trace: Trace = msgspec.field(default_factory=Trace)

    def verify(self) -> None:
        """Raise ValueError if two settings contradict each other."""
        if self.queue.lease_s < self.worker.file_time_limit_s + 5:
            raise ValueError(
                "queue.lease_s must be at least 5 s longer than worker.file_time_limit_s, "
                "or a slow file looks like a dead worker"
            )
        known: dict[Path, Folder] = {}
        for folder in self.folders:
            if known.setdefault(folder.path, folder) != folder:
                raise ValueError(f"the folder {folder.path} is given twice, with different options (folders)")
        if (wrong := misplaced(self)) is not None:
            raise ValueError(wrong)

    def public(self) -> dict[str, Any]:
        """The settings as plain values with every secret masked, but servers' addresses legible."""
        values: dict[str, Any] = plain(self)
        given = self.redis.url.get_secret_value() if self.redis.url else None
        urls = {"redis": given, "elasticsearch": self.elasticsearch.url, "kibana": self.kibana.url}
        for name, url in urls.items():
            values[name]["url"] = None if url is None else mask(url)
        return values


class Setting(NamedTuple):
    """What is known of one setting before anything is given."""

    default: Any
    secret: bool
    path: bool


@cache
def settings_groups() -> Mapping[str, Mapping[str, Setting]]:
    """Each setting of each group; those that stand in no group are in the one called ""."""
    inside = {name: _settings_of(one.type) for name, one in fields_of(Settings).items() if is_table(one.type)}
    alone = {name: one for name, one in _settings_of(Settings).items() if name not in inside}
    return {"": alone, **inside}


def _settings_of(kind: type) -> dict[str, Setting]:
    return {
        name: Setting(one.default, mentions(one.type, SecretStr), mentions(one.type, Path))
        for name, one in fields_of(kind).items()
    }


@cache
def folder_paths() -> tuple[str, ...]:
    """The keys of a table of `folders` that are paths."""
    return tuple(name for name, one in _settings_of(Folder).items() if one.path)
