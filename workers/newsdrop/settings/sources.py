"""Where settings come from: built-in defaults < newsdrop.toml < NEWSDROP_* variables < the command line.

A name that is unknown stops the start. Each secret may come in a file: NEWSDROP_REDIS_PASSWORD_FILE names the
one that holds NEWSDROP_REDIS_PASSWORD.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from newsdrop.configfiles import check_readable
from newsdrop.errors import ConfigError, did_you_mean
from newsdrop.settings.explaining import PREFIX, explain
from newsdrop.settings.groups import Settings, folder_paths, settings_groups
from newsdrop.settings.validation import InvalidError, validate
from newsdrop.user import at_home

__all__ = ["load_settings", "read_secret"]

#: Variables that are ours but no settings: where the file is, and (by their beginnings) what tests read.
_FILE_VARIABLE = "NEWSDROP_CONFIG"
_NOT_SETTINGS = ("NEWSDROP_TEST_",)
#: Where settings are if no file is named: the first that is there.
_USUAL_FILES = ("newsdrop.toml", "~/.config/newsdrop/newsdrop.toml")
#: Old names that still work → what they are called now.
_RENAMED = {"queue.max_charges": "queue.max_deaths"}
#: After the variable of a secret: the variable that names a file holding it.
_IN_FILE = "_FILE"
#: More than any key or URL has; what is longer is some other file, named by mistake.
_SECRET_BYTES = 16_384


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
        return validate(Settings, tree)
    except InvalidError as error:
        raise ConfigError(explain(error.faults, where)) from None


def _read_file(environ: Mapping[str, str]) -> tuple[dict[str, Any], str | None]:
    if named := environ.get(_FILE_VARIABLE):
        path = at_home(Path(named))
        check_readable(f"--config or {_FILE_VARIABLE}", path)
        return _settings_in(path), named
    for text in _USUAL_FILES:
        # A folder that this user may not look into, as /root for others, isn't theirs, and has no settings.
        if os.path.isfile(usual := os.path.expanduser(text)):  # noqa: PTH111, PTH113  Path's raise an exception
            return _settings_in(Path(usual)), usual
    return {}, None


def _settings_in(path: Path) -> dict[str, Any]:
    try:
        # Not `Path.absolute`, which would keep a `..` in every path.
        whole = Path(os.path.abspath(path))  # noqa: PTH100 - see above
        return _seen_from(whole.parent, tomllib.loads(path.read_text("utf-8-sig")))
    except UnicodeDecodeError:
        raise ConfigError(f"The settings file {path} can't be read: it is not UTF-8 text.") from None
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"The settings file {path} can't be read: {error}") from None


def _seen_from(folder: Path, tree: dict[str, Any]) -> dict[str, Any]:
    """The same settings with whole paths: a file means one thing, wherever newsdrop is started."""
    for group, inside in settings_groups().items():
        table = tree.get(group) if group else tree
        if isinstance(table, dict):
            _complete(folder, table, [name for name, setting in inside.items() if setting.path])
    if isinstance(folders := tree.get("folders"), list):
        tree["folders"] = [one if isinstance(one, dict) else _below(folder, one) for one in folders]
        for one in tree["folders"]:
            if isinstance(one, dict):
                _complete(folder, one, folder_paths())
    return tree


def _complete(folder: Path, table: dict[str, Any], names: Iterable[str]) -> None:
    for name in names:
        if name in table:
            table[name] = _below(folder, table[name])


def _below(folder: Path, value: Any) -> Any:
    # What is wrong in another way is told by the validation.
    if not isinstance(value, str) or not value or value.startswith("~"):
        return value
    return os.path.join(folder, value)  # noqa: PTH118  Path would change what is told of a wrong one


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    names = _variables()
    tree: dict[str, Any] = {}
    unknown = []
    for variable, text in environ.items():
        if not variable.startswith(PREFIX) or variable == _FILE_VARIABLE:
            continue
        if variable.startswith(_NOT_SETTINGS):
            continue
        named = variable.removesuffix(_IN_FILE)
        if named != variable and names.get(named) in _secrets():
            if text != "":
                _put(tree, names[named], _secret_in_file(variable, text, environ))
            continue
        if variable not in names:
            meant = did_you_mean(variable, names)
            unknown.append(f"The variable {variable} is not a setting of newsdrop.{meant}")
        elif text != "":
            _put(tree, names[variable], _value(names[variable], text))
    if unknown:
        raise ConfigError("\n".join([*unknown, "(docs/settings.md lists all variables.)"]))
    return tree


def _secrets() -> set[str]:
    """The dotted names of the settings whose value may come in a file of its own."""
    return {
        f"{group}.{name}"
        for group, inside in settings_groups().items()
        for name, setting in inside.items()
        if setting.secret
    }


def _secret_in_file(variable: str, path: str, environ: Mapping[str, str]) -> str:
    plain = variable.removesuffix(_IN_FILE)
    if environ.get(plain):
        raise ConfigError(f"{plain} and {variable} are both set: keep one of them.")
    return read_secret(variable, at_home(Path(path)))


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
        secret = content.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise ConfigError(f"{named_by} names {path}, which is not UTF-8 text.") from None
    if not secret:
        raise ConfigError(f"{named_by} names {path}, which is empty.")
    return secret


def _variables() -> dict[str, str]:
    """Every variable's name → the dotted name of its setting."""
    dotted = [
        f"{group}.{name}" if group else name for group, inside in settings_groups().items() for name in inside
    ]
    return {PREFIX + name.replace(".", "_").upper(): name for name in [*dotted, *_RENAMED]}


def _value(dotted: str, text: str) -> Any:
    if dotted == "folders" and text.lstrip().startswith("["):
        return _folder_tables(text)
    if dotted == "folders":
        return [part for part in text.split(os.pathsep) if part]
    return text


def _folder_tables(text: str) -> Any:
    """Folders with what is particular to each, as a JSON list of the file's `[[folders]]` tables."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise ConfigError(f"The variable {PREFIX}FOLDERS looks like JSON but isn't: {error}.") from None


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
