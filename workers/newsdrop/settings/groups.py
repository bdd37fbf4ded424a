"""The settings themselves: groups, folders, servers, each value validated where it stands.

Frozen, and secrets are `SecretStr`. Reads nothing: where values come from is sources.py's business.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo

from newsdrop.options import (
    ELASTICSEARCH_TIMEOUT_S,
    KIBANA_TIMEOUT_S,
    EnrichOptions,
    IndexOptions,
    Limits,
    QueueOptions,
    Seconds,
    WatchOptions,
    WorkerOptions,
)

__all__ = ["Folder", "Group", "Log", "Redis", "Settings", "settings_groups"]

_MASK = "***"

After = Literal["keep", "move", "delete"]


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

    @model_validator(mode="after")
    def _one_place_for_the_password(self) -> Redis:
        given = self.username is not None or self.password is not None
        if given and self.url is None:
            raise ValueError("`username` and `password` need a `url`; the embedded server has neither")
        if self.username is not None and self.password is None:
            raise ValueError("a `username` needs its `password`")
        if given and self.url is not None and "@" in self.url.get_secret_value():
            raise ValueError(
                "give the user and password in `url` or in `username` and `password`, not in both"
            )
        return self


class _Server(Group):
    """A server of the Elastic stack.

    `url` never holds a password: user and password given in it are taken out into their own settings, because
    a URL is shown in messages, logs and `newsdrop config`.
    """

    url: str | None = None
    api_key: SecretStr | None = None
    username: str | None = None
    password: SecretStr | None = None
    ca_certs: Path | None = None

    @model_validator(mode="before")
    @classmethod
    def _password_leaves_the_url(cls, values: Any) -> Any:
        url = values.get("url") if isinstance(values, dict) else None
        user, password, rest = _split_user(url) if isinstance(url, str) else (None, None, url)
        if user is None:
            return values
        if values.get("username") or values.get("password"):
            raise ValueError(
                "give the user and password in `url` or in `username` and `password`, not in both"
            )
        return {**values, "url": rest, "username": user or None, "password": password}

    @field_validator("url")
    @classmethod
    def _is_http(cls, value: str | None) -> str | None:
        try:
            parts = urlsplit(value or "")
            good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            good = False
        if value is not None and not good:
            raise ValueError("must be like https://host:9200")
        return value


class Elasticsearch(_Server):
    """`url` None means the embedded SQLite index."""

    timeout_s: Annotated[float, Field(gt=0, le=30)] = ELASTICSEARCH_TIMEOUT_S


class Kibana(_Server):
    """What `newsdrop kibana import` loads into; nothing else uses it. `space` None means the default one."""

    space: str | None = None
    timeout_s: Seconds = KIBANA_TIMEOUT_S


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
    index: IndexOptions = IndexOptions()
    watch: WatchOptions = WatchOptions()
    queue: QueueOptions = QueueOptions()
    worker: WorkerOptions = WorkerOptions()
    limits: Limits = Limits()
    enrich: EnrichOptions = EnrichOptions()
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

    def public(self) -> dict[str, Any]:
        """The settings as plain values with every secret masked, but servers' addresses legible."""
        values = self.model_dump(mode="json")
        if self.redis.url is not None:
            values["redis"]["url"] = _masked_url(self.redis.url.get_secret_value())
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


def _split_user(url: str) -> tuple[str | None, str | None, str]:
    """User, password and the URL without them; the user is None where the URL names nobody."""
    head, separator, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    who, at, host = authority.rpartition("@")
    if not separator or not at:
        return None, None, url
    user, _, password = who.partition(":")
    return unquote(user), unquote(password) or None, f"{head}://{host}{slash}{path}"


def _masked_url(url: str) -> str:
    """A Redis URL whose user, password and secret options are stars."""
    head, separator, rest = url.strip().partition("://")
    if not separator:
        return _MASK
    # The last @ of all, since a password may hold any character that somebody forgot to escape.
    _, at, place = rest.rpartition("@")
    place, mark, query = place.partition("?")
    options = [
        (name, _MASK if "pass" in name.lower() or "user" in name.lower() else value)
        for name, value in parse_qsl(query, keep_blank_values=True)
    ]
    return f"{head}://{_MASK + at if at else ''}{place}{mark}{urlencode(options, safe='*/')}"


def _default_state_dir() -> Path:
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base).expanduser() / "newsdrop"
