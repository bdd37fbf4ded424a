"""Every setting, read once into one frozen object: built-in defaults < newsdrop.toml < NEWSDROP_* variables.

`NEWSDROP_REDIS_URL` is `redis.url`, `NEWSDROP_WATCH_SETTLE_MS` is `watch.settle_ms`, and so on; the file is
the one named by NEWSDROP_CONFIG, else ./newsdrop.toml, else ~/.config/newsdrop/newsdrop.toml. A value that is
wrong, and a name that is unknown, stop the start with a ConfigError that names it. Secrets are `SecretStr`,
and each may come in a file: NEWSDROP_REDIS_PASSWORD_FILE names the one that holds NEWSDROP_REDIS_PASSWORD.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from newsdrop.errors import ConfigError

__all__ = ["Folder", "Settings", "load_settings", "read_secret"]

_PREFIX = "NEWSDROP_"
#: Variables that are ours but no settings: where the file is, and (by their beginnings) what tests read.
_FILE_VARIABLE = "NEWSDROP_CONFIG"
_NOT_SETTINGS = ("NEWSDROP_TEST_", "NEWSDROP_FAULT_")
#: Old names that still work → what they are called now.
_RENAMED = {"queue.max_charges": "queue.max_deaths"}
#: After the variable of a secret: the variable that names a file holding it.
_IN_FILE = "_FILE"
#: More than any key or URL has; what is longer is some other file, named by mistake.
_SECRET_BYTES = 16_384

_MASK = "***"

Positive = Annotated[int, Field(gt=0)]
After = Literal["keep", "move", "delete"]


class _Group(BaseModel):
    # Inputs are hidden because pydantic's own error text would show a password that stands in a wrong value.
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, hide_input_in_errors=True)

    @field_validator("*", mode="before")
    @classmethod
    def _has_no_nul(cls, value: Any) -> Any:
        # TOML can spell it, and no path, URL or name may hold it.
        if isinstance(value, str) and "\0" in value:
            raise ValueError("holds a NUL character")
        return value


class Folder(_Group):
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


class Redis(_Group):
    """`url` None means the embedded Valkey. User and password stand in the URL or in their own settings."""

    url: SecretStr | None = None
    username: str | None = None
    password: SecretStr | None = None
    ca_certs: Path | None = None
    timeout_s: Annotated[float, Field(gt=0)] = 10.0

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


class _Server(_Group):
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

    timeout_s: Annotated[float, Field(gt=0, le=30)] = 20.0


class Kibana(_Server):
    """What `newsdrop kibana import` loads into; nothing else uses it. `space` None means the default one."""

    space: str | None = None
    timeout_s: Annotated[float, Field(gt=0)] = 60.0


#: Elasticsearch's rules for names, of which its own error says less.
IndexName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=200)]


class Index(_Group):
    alias: IndexName = "newsdrop-articles"
    letters: IndexName = "newsdrop-dead-letters"
    analysis: Literal["bigram", "unigram"] = "bigram"
    shards: Positive = 1
    replicas: Annotated[int, Field(ge=0)] = 0
    refresh_interval: Annotated[str, Field(pattern=r"^(-1|\d+(ms|s|m|h|d))$")] = "1s"
    bulk_bytes: Positive = 8_000_000
    bulk_min_bytes: Positive = 250_000
    bulk_target_s: Annotated[float, Field(gt=0, lt=20)] = 5.0


class Watch(_Group):
    settle_ms: Positive = 500
    rescan_s: Positive = 60
    batch_wait_ms: Positive = 200
    high_water: Positive = 10_000
    polling: bool | None = None
    poll_ms: Positive = 1_000
    ignore: tuple[str, ...] = (
        ".*",
        "*~",
        "*.tmp",
        "*.temp",
        "*.part",
        "*.partial",
        "*.crdownload",
        "*.filepart",
        "*.swp",
        "*.swx",
        "~$*",
        "#*#",
        "Thumbs.db",
        "desktop.ini",
        "__MACOSX",
    )


class Queue(_Group):
    batch_drops: Annotated[int, Field(gt=0, le=1024)] = 64
    backlog_batch_drops: Annotated[int, Field(gt=0, le=1024)] = 256
    batch_bytes: Positive = 16_000_000
    lease_s: Annotated[int, Field(ge=5)] = 60
    grace_s: Annotated[int, Field(ge=1)] = 30
    reconcile_s: Annotated[float, Field(gt=0)] = 5.0
    max_attempts: Annotated[int, Field(gt=0, le=200)] = 5
    max_deaths: Annotated[int, Field(gt=0, le=200)] = 2
    backoff_s: Annotated[float, Field(gt=0)] = 5.0
    backoff_max_s: Annotated[float, Field(gt=0)] = 600.0
    gate_wait_s: Annotated[int, Field(gt=0)] = 60
    message_letters: Positive = 10_000
    dead_max_count: Positive | None = None
    dead_max_days: Positive | None = None
    dead_export: Path | None = None


class Worker(_Group):
    processes: Positive | None = None
    file_time_limit_s: Annotated[float, Field(gt=0)] = 30.0
    batch_time_budget_s: Annotated[float, Field(gt=0)] = 60.0
    memory_bytes: Positive | None = 2_000_000_000


class Limits(_Group):
    file_bytes: Positive = 20_000_000
    header_chars: Positive = 65_536
    bundle_members: Positive = 100_000
    bundle_bytes: Positive = 2_000_000_000
    member_bytes: Positive = 20_000_000
    bundle_ratio: Positive = 200
    bundle_depth: Positive = 2
    html_depth: Positive = 512
    message_bytes: Positive = 30_000_000
    text_chars: Positive = 5_000_000


class Enrich(_Group):
    """The steps that cost enough to be asked for."""

    keywords: bool = False
    copies: bool = False


class Log(_Group):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "text", "json"] = "auto"


class Trace(_Group):
    """All but this switch is said by OpenTelemetry's own variables."""

    enabled: bool = False


class Settings(_Group):
    """All settings. Folders may be given as paths alone; `state_dir` holds the embedded servers' data."""

    folders: tuple[Folder, ...] = ()
    collection: str | None = None
    state_dir: Path = Field(default_factory=lambda: _default_state_dir())
    config_dir: Path | None = None
    redis: Redis = Redis()
    elasticsearch: Elasticsearch = Elasticsearch()
    kibana: Kibana = Kibana()
    index: Index = Index()
    watch: Watch = Watch()
    queue: Queue = Queue()
    worker: Worker = Worker()
    limits: Limits = Limits()
    enrich: Enrich = Enrich()
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


def load_settings(
    environ: Mapping[str, str] | None = None, overrides: Mapping[str, Any] | None = None
) -> Settings:
    """Read the settings. `overrides` (from the command line) win; keys are dotted, `{"redis.url": …}`.

    Raises:
        ConfigError: one line per wrong or unknown name.
    """
    environ = os.environ if environ is None else environ
    tree, where = _read_file(environ)
    _merge(tree, _from_environment(environ))
    for dotted, value in (overrides or {}).items():
        if value is not None:
            _put(tree, dotted, value)
    for old, name in _RENAMED.items():
        group, _, last = old.partition(".")
        if isinstance(tree.get(group), dict) and last in tree[group]:
            _put(tree, name, tree[group].pop(last))
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        raise ConfigError(_explain(error, where)) from None


def _read_file(environ: Mapping[str, str]) -> tuple[dict[str, Any], str]:
    named = environ.get(_FILE_VARIABLE)
    home = Path("~/.config/newsdrop/newsdrop.toml").expanduser()
    for path in [Path(named)] if named else [Path("newsdrop.toml"), home]:
        if path.is_file():
            try:
                return tomllib.loads(path.read_text("utf-8")), str(path)
            except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
                raise ConfigError(f"The settings file {path} can't be read: {error}") from None
        if named:
            raise ConfigError(f"NEWSDROP_CONFIG names {named}, and there is no such file.")
    return {}, "no settings file"


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    names = _variables()
    tree: dict[str, Any] = {}
    for variable, text in environ.items():
        if not variable.startswith(_PREFIX) or variable == _FILE_VARIABLE:
            continue
        if variable.startswith(_NOT_SETTINGS):
            continue
        named = variable.removesuffix(_IN_FILE)
        if named != variable and names.get(named) in _secrets():
            if text != "":
                _put(tree, names[named], _secret_in_file(variable, text, environ))
            continue
        if variable not in names:
            raise ConfigError(
                f"The variable {variable} is none of newsdrop's settings (see `newsdrop config`)."
            )
        if text != "":
            _put(tree, names[variable], _value(names[variable], text))
    return tree


def _secrets() -> set[str]:
    """The dotted names of the settings whose value may come in a file of its own."""
    return {
        f"{name}.{inner}"
        for name, field in Settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, _Group)
        for inner, inside in field.annotation.model_fields.items()
        if SecretStr in get_args(inside.annotation)
    }


def _secret_in_file(variable: str, path: str, environ: Mapping[str, str]) -> str:
    plain = variable.removesuffix(_IN_FILE)
    if environ.get(plain):
        raise ConfigError(f"{plain} and {variable} are both set: keep one of them.")
    return read_secret(variable, Path(path))


def read_secret(named_by: str, path: Path) -> str:
    """The secret that a file holds, without the line's end that editors and `echo` add.

    Args:
        named_by: the variable or option that names the file, for the message.

    Raises:
        ConfigError: the file can't be read, is empty, or is no secret.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_SECRET_BYTES + 1)
    except OSError as error:
        reason = error.strerror or error
        raise ConfigError(f"{named_by} names {path}, which can't be read: {reason}.") from None
    if len(content) > _SECRET_BYTES:
        raise ConfigError(f"{named_by} names {path}, which is too long to be a secret.")
    try:
        secret = content.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise ConfigError(f"{named_by} names {path}, which is no UTF-8 text.") from None
    if not secret:
        raise ConfigError(f"{named_by} names {path}, which is empty.")
    return secret


def _variables() -> dict[str, str]:
    """Every variable's name → the dotted name of its setting."""
    names = {}
    for name, field in Settings.model_fields.items():
        group = field.annotation
        if isinstance(group, type) and issubclass(group, _Group):
            for inner in group.model_fields:
                names[f"{_PREFIX}{name}_{inner}".upper()] = f"{name}.{inner}"
        else:
            names[f"{_PREFIX}{name}".upper()] = name
    return names | {_PREFIX + old.replace(".", "_").upper(): old for old in _RENAMED}


def _value(dotted: str, text: str) -> Any:
    if dotted == "folders" and text.lstrip().startswith("["):
        return _folder_tables(text)
    if dotted == "folders":
        return [part for part in text.split(os.pathsep) if part]
    if dotted == "watch.ignore":
        return [part for part in text.split(",") if part]
    return text


def _folder_tables(text: str) -> Any:
    """Folders with what is particular to each, as a JSON list of the file's `[[folders]]` tables."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise ConfigError(f"The variable {_PREFIX}FOLDERS looks like JSON and isn't: {error}.") from None


def _put(tree: dict[str, Any], dotted: str, value: Any) -> None:
    *groups, last = dotted.split(".")
    for group in groups:
        tree = tree.setdefault(group, {})
        if not isinstance(tree, dict):
            raise ConfigError(f"Setting {group}: it must be a table, as in [{group}], and is a single value.")
    tree[last] = value


def _merge(tree: dict[str, Any], stronger: Mapping[str, Any]) -> None:
    for name, value in stronger.items():
        if isinstance(value, dict):
            for inner, inner_value in value.items():
                _put(tree, f"{name}.{inner}", inner_value)
        else:
            tree[name] = value


def _explain(error: ValidationError, where: str) -> str:
    lines = []
    for fault in error.errors(include_input=False, include_url=False):
        dotted = ".".join(str(part) for part in fault["loc"])
        # A variable stands for a setting as a whole: of folders.0.path it is NEWSDROP_FOLDERS.
        named = [part for part in fault["loc"][: 1 if fault["loc"][:1] == ("folders",) else 2]]
        variable = _PREFIX + "_".join(str(part) for part in named).upper()
        name = f"Setting {dotted} ({variable})" if dotted else "The settings together"
        lines.append(f"{name}: {fault['msg'].removeprefix('Value error, ')}.")
    return "\n".join([*lines, f"(Settings file: {where}.)"])
