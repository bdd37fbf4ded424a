"""Folders given on the command line, or the configured ones; a folder that doesn't exist is a usage error."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import replace

from newsdrop.cli.choices import given_path
from newsdrop.errors import ConfigError
from newsdrop.settings import Folder, Settings, check_places
from newsdrop.spelling import real_path

__all__ = ["Folders", "folders_or_settings", "with_folders"]


#: The argument of commands that work on folders.
Folders = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="FOLDER…", help="Default: the setting `folders`.", show_default=False, parser=given_path
    ),
]


def folders_or_settings(given: Sequence[Path] | None, settings: Settings) -> list[Path]:
    """Absolute folders, symlinks resolved, each once.

    Raises:
        ConfigError: none is given and none configured, or one isn't a folder.
    """
    named = [*(given or ())] or [folder.path for folder in settings.folders]
    if not named:
        raise ConfigError("Name a folder, or set `folders` in newsdrop.toml (NEWSDROP_FOLDERS).")
    for path in named:
        if not path.exists():
            raise ConfigError(f"The folder {path} does not exist.")
        if not path.is_dir():
            raise ConfigError(f"{path} is a file, not a folder.")
    return list(dict.fromkeys(Path(real_path(path)) for path in named))


def with_folders(settings: Settings, paths: Sequence[Path]) -> Settings:
    """The settings with exactly these folders; a configured folder keeps its options.

    Raises:
        ConfigError: newsdrop would read its own output there.
    """
    configured = {Path(real_path(folder.path)): folder for folder in settings.folders}
    folders = tuple(configured.get(path) or Folder(path=path) for path in paths)
    chosen = replace(settings, folders=folders)
    check_places(chosen)
    return chosen
