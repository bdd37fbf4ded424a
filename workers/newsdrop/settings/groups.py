"""The settings themselves: groups, folders, servers, each value validated where it stands.

Frozen, and secrets are `SecretStr`. Reads nothing: where values come from is sources.py's business.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, get_type_hints

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo

from newsdrop.addresses import mask, parse_http, parse_redis
from newsdrop.options import (
    ELASTICSEARCH_TIMEOUT_S,
    KIBANA_TIMEOUT_S,
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

__all__ = ["Folder", "Group", "Log", "Redis", "Settings", "Web", "settings_groups"]

After = Literal["keep", "move", "delete"]
#: Nobody guesses a token of so many characters, however long they try.
_TOKEN_CHARS = 16


class Group(BaseModel):
    # Inputs are hidden because pydantic's own error text would show a password that stands in a wrong value.
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, hide_input_in_errors=True)

    @field_validator("*", mode="before")
    @classmethod
    def _has_no_nul(cls, value: Any) -> Any:
        # TOML can spell it, and no path, URL or name may hold it.
        if isinstance(value, str) and "\0" in value:
            raise ValueError("holds a NUL character")
        return value


class Folder(Group):
    """One watched folder and what is particular to it."""

    path: Path
    collection: str | None = None
    after: After = "keep"
    done: Path | None = None
    failed: Path | None = None
    on_delete: Literal["keep", "remove"] = "keep"
    polling: bool | None = None
    include: Patterns = ()
    headerless: Literal["refuse", "article"] = "refuse"

    @field_validator("path", "done", "failed")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        # Not `Path.resolve`: the folder may be a symlink that is to be told by its own name.
        return None if value is None else Path(os.path.abspath(value.expanduser()))  # noqa: PTH100 - see above

    @model_validator(mode="after")
    def _move_has_places(self) -> Folder:
        if self.after == "move" and not (self.done and self.failed):
            raise ValueError('after = "move" needs both `done` and `failed` folders')
        for place in (self.done, self.failed):
            if place and (place == self.path or self.path in place.parents):
                raise ValueError(f"{place} lies inside the watched folder {self.path}; it must be outside")
        return self


class Redis(Group):
    """`url` None means the embedded Valkey. User and password stand in the URL or in their own settings."""

    url: SecretStr | None = None
    username: str | None = None
    password: SecretStr | None = None
    ca_certs: Path | None = None
    timeout_s: Seconds = 10.0

    @field_validator("url")
    @classmethod
    def _is_redis(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _ = parse_redis(value.get_secret_value())
        return value

    @model_validator(mode="after")
    def _one_place_for_the_password(self) -> Redis:
        given = self.username is not None or self.password is not None
        if given and self.url is None:
            raise ValueError("`username` and `password` need a `url`; the embedded server has neither")
        if self.username is not None and self.password is None:
            raise ValueError("a `username` needs its `password`")
        if given and self.url is not None and parse_redis(self.url.get_secret_value()).user_part:
            raise ValueError(
                "give the user and password in `url` or in `username` and `password`, not in both"
            )
        return self


class _Server(Group):
    """One of the Elastic stack's programs: a server, or several of one cluster with commas between them.

    `url` never holds a password: user and password given in it are taken out into their own settings, because
    a URL is shown in messages, logs and `newsdrop config`.
    """

    _MOST_SERVERS: ClassVar[int] = 1

    url: str | None = None
    api_key: SecretStr | None = None
    username: str | None = None
    password: SecretStr | None = None
    ca_certs: Path | None = None

    @model_validator(mode="before")
    @classmethod
    def _password_leaves_the_url(cls, values: Any) -> Any:
        url = values.get("url") if isinstance(values, dict) else None
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

    @field_validator("url")
    @classmethod
    def _is_http(cls, value: str | None) -> str | None:
        if value is not None and len(parse_http(value).urls) > cls._MOST_SERVERS:
            raise ValueError("it names several servers, and can name only one")
        return value


class Elasticsearch(_Server):
    """`url` None means the embedded SQLite index; it may name several servers of one cluster."""

    _MOST_SERVERS: ClassVar[int] = 100

    timeout_s: Annotated[float, Field(gt=0, le=30)] = ELASTICSEARCH_TIMEOUT_S


class Kibana(_Server):
    """What `newsdrop kibana import` loads into; nothing else uses it. `space` None means the default one."""

    space: str | None = None
    timeout_s: Seconds = KIBANA_TIMEOUT_S


class Web(Group):
    """The page of `newsdrop web`. `hosts`: other names than its own that a proxy asks for it by."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8765
    token: SecretStr | None = None
    hosts: Patterns = ()

    @field_validator("token")
    @classmethod
    def _is_hard_to_guess(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < _TOKEN_CHARS:
            raise ValueError(
                f"must have at least {_TOKEN_CHARS} characters, which `openssl rand -hex 16` makes"
            )
        return value


class Notify(Group):
    """Whom to tell of what shouldn't wait; neither set: nobody."""

    command: str | None = None
    webhook: SecretStr | None = None
    gate_s: Seconds = 600.0
    every_s: Seconds = 900.0

    @field_validator("command")
    @classmethod
    def _is_command(cls, value: str | None) -> str | None:
        # Says what is wrong with its quotes.
        if value is not None and not shlex.split(value):
            raise ValueError("it is empty")
        return value

    @field_validator("webhook")
    @classmethod
    def _is_http(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith(("https://", "http://")):
            raise ValueError("it is no http:// or https:// address")
        return value


class Log(Group):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "text", "json"] = "auto"


class Trace(Group):
    """All but this switch is said by OpenTelemetry's own variables."""

    enabled: bool = False


class Settings(Group):
    """All settings. Folders may be given as paths alone; `state_dir` holds the embedded servers' data."""

    folders: tuple[Folder, ...] = ()
    collection: str | None = None
    state_dir: Path = Field(default_factory=lambda: _default_state_dir())
    config_dir: Path | None = None
    redis: Redis = Redis()
    elasticsearch: Elasticsearch = Elasticsearch()
    kibana: Kibana = Kibana()
    web: Web = Web()
    index: IndexOptions = IndexOptions()
    watch: WatchOptions = WatchOptions()
    queue: QueueOptions = QueueOptions()
    worker: WorkerOptions = WorkerOptions()
    limits: Limits = Limits()
    enrich: EnrichOptions = EnrichOptions()
    notify: Notify = Notify()
    log: Log = Log()
    trace: Trace = Trace()

    @field_validator("folders", mode="before")
    @classmethod
    def _plain_paths(cls, value: Any) -> Any:
        if isinstance(value, list | tuple):
            return tuple({"path": item} if isinstance(item, str | Path) else item for item in value)
        return value

    @model_validator(mode="after")
    def _lease_outlasts_a_file(self) -> Settings:
        if self.queue.lease_s < self.worker.file_time_limit_s + 5:
            raise ValueError(
                "queue.lease_s must be at least 5 s longer than worker.file_time_limit_s, "
                "or a slow file looks like a dead worker"
            )
        return self

    @model_validator(mode="after")
    def _reads_nothing_of_its_own(self) -> Settings:
        if (wrong := misplaced(self)) is not None:
            raise ValueError(wrong)
        return self

    def public(self) -> dict[str, Any]:
        """The settings as plain values with every secret masked, but servers' addresses legible."""
        values = self.model_dump(mode="json")
        given = self.redis.url.get_secret_value() if self.redis.url else None
        urls = {"redis": given, "elasticsearch": self.elasticsearch.url, "kibana": self.kibana.url}
        for name, url in urls.items():
            values[name]["url"] = None if url is None else mask(url)
        return values


@cache
def settings_groups() -> Mapping[str, Mapping[str, FieldInfo]]:
    """Each setting of each group; those that stand in no group are in the one called ""."""
    groups: dict[str, dict[str, FieldInfo]] = {"": {}}
    for name, field in Settings.model_fields.items():
        kind: Any = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            groups[name] = dict(kind.model_fields)
        elif is_dataclass(kind):
            hints = get_type_hints(kind, include_extras=True)
            groups[name] = {
                one.name: FieldInfo.from_annotated_attribute(hints[one.name], one.default)
                for one in fields(kind)
            }
        else:
            groups[""][name] = field
    return groups


def _default_state_dir() -> Path:
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base).expanduser() / "newsdrop"
