"""Where the files of `config/` are: the user's own folder first, file by file, then the ones we ship.

Refuses to guess: a file that is in neither place is a ConfigError.
"""

from __future__ import annotations

import os
from pathlib import Path

from newsdrop.errors import ConfigError

__all__ = ["check_readable", "config_folders", "find_config_file"]

_PACKAGE = Path(__file__).resolve().parent


def shipped_folder() -> Path:
    """The folder of shipped config files: `newsdrop/config` in a wheel, `config/` in a checkout."""
    for folder in (_PACKAGE / "config", _PACKAGE.parents[1] / "config"):
        if (folder / "newsdrop.toml").is_file():
            return folder
    raise ConfigError(f"newsdrop's own config files are missing beside {_PACKAGE}: reinstall the package.")


def config_folders(override: Path | None = None) -> list[Path]:
    """The folders to look in, strongest first.

    Raises:
        ConfigError: the override is no folder, so that whatever was to be overridden wouldn't be.
    """
    if override is not None and not os.path.isdir(override):  # noqa: PTH112  Path's raises an exception
        raise ConfigError(
            f"config_dir (NEWSDROP_CONFIG_DIR) names {override}, and there is no such folder, or none that "
            "this user may look into."
        )
    return [*([override] if override else []), shipped_folder()]


def check_readable(named: str, path: Path) -> None:
    """Return if this process can read the file.

    Args:
        named: the setting or variable that names it, for the message.

    Raises:
        ConfigError: it can't.
    """
    try:
        path.open("rb").close()
    except OSError as error:
        raise ConfigError(f"{named} names {path}, which can't be read: {error.strerror}.") from None


def find_config_file(relative: str, override: Path | None = None) -> Path:
    """The file to use for `relative` (for example `elasticsearch/articles.json`).

    Raises:
        ConfigError: it is in none of the folders.
    """
    folders = config_folders(override)
    for folder in folders:
        if (folder / relative).is_file():
            return folder / relative
    looked = ", ".join(str(folder) for folder in folders)
    raise ConfigError(f"The config file {relative} is missing (looked in {looked}).")
