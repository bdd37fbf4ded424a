"""`newsdrop setup`: creates what a deployment needs once: its indexes, and a key or user for its services."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from newsdrop.cli.assembly import OpenServices, open_services
from newsdrop.cli.choices import given_path
from newsdrop.cli.guard import conclude, guarded
from newsdrop.cli.index import TO_DO, run_migration, show_status
from newsdrop.cli.terminal import write
from newsdrop.errors import ConfigError
from newsdrop.index.access import Access
from newsdrop.index.factory import open_access
from newsdrop.settings import load_settings, read_secret

__all__ = ["register"]

_KIBANA_USER = "kibana_system"


def register(app: typer.Typer) -> None:
    """Add `setup`."""
    app.command(
        epilog="Example:  newsdrop setup --wait 120 --api-key-file /credentials/elasticsearch-api-key",
    )(guarded(setup))


def _file(said: str) -> Any:
    return typer.Option(metavar="FILE", help=said, show_default=False, parser=given_path)


def setup(
    wait: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="How long to wait for Elasticsearch.")
    ] = 0,
    migrate: Annotated[
        bool, typer.Option("--migrate", help="Migrate an older index to this version's mapping.")
    ] = False,
    api_key_file: Annotated[Path | None, _file("Create an API key for workers in this file.")] = None,
    user: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Create a user with a worker's rights.", show_default=False),
    ] = None,
    user_password_file: Annotated[Path | None, _file("The file with that user's password.")] = None,
    kibana_password_file: Annotated[
        Path | None, _file(f"Give {_KIBANA_USER} the password in this file.")
    ] = None,
) -> None:
    if (user is None) != (user_password_file is None):
        raise ConfigError("--user and --user-password-file belong together: give both or neither.")
    # Read this first, so that a missing file is noticed before half of the work is done.
    wanted = _Wanted(
        api_key_file=api_key_file,
        user=user,
        user_password=_secret("--user-password-file", user_password_file),
        kibana_password=_secret("--kibana-password-file", kibana_password_file),
    )
    settings = load_settings()
    access = open_access(settings) if settings.elasticsearch.url or wanted.any() else None
    try:
        if access is not None:
            access.await_server(wait)
        with open_services(settings) as services:
            _keep_indexes(services, migrate=migrate)
        if access is not None:
            _keep_access(access, wanted)
    finally:
        if access is not None:
            access.close()


@dataclass(frozen=True)
class _Wanted:
    """The credentials to create."""

    api_key_file: Path | None
    user: str | None
    user_password: str | None
    kibana_password: str | None

    def any(self) -> bool:
        return any((self.api_key_file, self.user, self.kibana_password))


def _secret(option: str, path: Path | None) -> str | None:
    return None if path is None else read_secret(option, path)


def _keep_indexes(services: OpenServices, *, migrate: bool) -> None:
    found = services.store.init()
    if not found.ok and migrate:
        found = run_migration(services, delete_old=False)
    conclude({}, lambda: show_status(found), as_json=False, failure="" if found.ok else TO_DO)


def _keep_access(access: Access, wanted: _Wanted) -> None:
    if wanted.kibana_password is not None:
        access.set_password(_KIBANA_USER, wanted.kibana_password)
        write(f"User {_KIBANA_USER}: has the password from the file.")
    if wanted.user is not None and wanted.user_password is not None:
        access.keep_user(wanted.user, wanted.user_password)
        write(f"User {wanted.user}: has a worker's privileges and the password from the file.")
    if wanted.api_key_file is not None:
        made = access.keep_key(wanted.api_key_file)
        write(f"API key: {'a new one is' if made else 'the one that works stays'} in {wanted.api_key_file}.")
