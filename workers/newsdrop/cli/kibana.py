"""`newsdrop kibana …`: write the saved objects and alert rules to files, or load them into a Kibana."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from newsdrop.cli.choices import AsJson
from newsdrop.cli.guard import conclude, guarded
from newsdrop.cli.terminal import print_table, say, write
from newsdrop.desk.given import check_given
from newsdrop.errors import ConfigError
from newsdrop.kibana.loading import (
    SEARCH_SETTING,
    Loaded,
    ObjectResult,
    load,
    load_rules,
    look,
    set_search,
)
from newsdrop.kibana.objects import ndjson, saved_objects
from newsdrop.kibana.ready import await_server
from newsdrop.kibana.rules import rule_bodies
from newsdrop.kibana.server import Kibana, KibanaOptions
from newsdrop.kibana.sources import read_sources
from newsdrop.settings import Settings, load_settings
from newsdrop.user import at_home

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)


def _option(name: str, said: str, metavar: str) -> Any:
    return typer.Option(name, metavar=metavar, help=said, show_default=False)


@app.command(
    help="Write the saved objects as NDJSON, for a manual import; the same settings give the same bytes.",
    epilog="Examples:  newsdrop kibana export newsdrop.ndjson   newsdrop kibana export --rules -",
)
@guarded
def export(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="The file to write; '-' is stdout.")] = "-",
    rules: Annotated[
        bool, typer.Option("--rules", help="Write the alert rules instead, as a JSON object of id and body.")
    ] = False,
) -> None:
    settings = load_settings()
    sources = read_sources(settings.config_dir)
    if rules:
        text = json.dumps(rule_bodies(sources), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    else:
        text = ndjson(saved_objects(sources, settings.index, settings.config_dir))
    if file == "-":
        typer.echo(text, nl=False)
        return
    at_home(Path(file)).write_text(text, "utf-8")
    say(f"Wrote {file}.")


@app.command(
    "import",
    help="Load the saved objects into Kibana, and make a space in Lucene syntax mean AND.",
    epilog="Examples:  newsdrop kibana import --url http://localhost:5601   "
    "newsdrop kibana import --url https://kibana:5601/base --space news --dry-run",
)
@guarded
def import_(
    url: Annotated[str | None, _option("--url", "Kibana's URL (NEWSDROP_KIBANA_URL).", "URL")] = None,
    space: Annotated[str | None, _option("--space", "A Kibana space; default: `default`.", "ID")] = None,
    api_key: Annotated[
        str | None,
        _option("--api-key", "Prefer NEWSDROP_KIBANA_API_KEY: other users can see command lines.", "KEY"),
    ] = None,
    username: Annotated[str | None, _option("--username", "NEWSDROP_KIBANA_USERNAME.", "NAME")] = None,
    password: Annotated[
        str | None, _option("--password", "Prefer NEWSDROP_KIBANA_PASSWORD.", "PASSWORD")
    ] = None,
    ca_certs: Annotated[str | None, _option("--ca-certs", "NEWSDROP_KIBANA_CA_CERTS.", "FILE")] = None,
    wait: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="How long to wait until Kibana is ready.")
    ] = 0,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Also replace objects that people changed.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing; show what exists.")] = False,
    keep_settings: Annotated[
        bool, typer.Option("--keep-settings", help=f"Leave Kibana's {SEARCH_SETTING} as it is.")
    ] = False,
    rules: Annotated[
        bool, typer.Option("--rules", help="Also create the example alert rules; existing ones stay.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    given = {
        "url": url,
        "space": space,
        "api_key": api_key,
        "username": username,
        "password": password,
        "ca_certs": ca_certs,
    }
    check_given(**{f"--{name.replace('_', '-')}": value for name, value in given.items()})
    settings = load_settings(overrides={f"kibana.{name}": value for name, value in given.items()})
    wanted = _Wanted(overwrite=overwrite, dry_run=dry_run, setting=not keep_settings, rules=rules)
    loaded = _load(settings, wait, wanted)
    wrong = sum(one.state == "failed" for one in (*loaded.objects, *loaded.rules))
    conclude(
        {**_facts(loaded), "ok": loaded.ok},
        lambda: _show(loaded),
        as_json=as_json,
        failure="" if loaded.ok else f"Kibana refused {wrong} of these, as the table says.",
    )


@dataclass(frozen=True, kw_only=True)
class _Wanted:
    """What to do. `setting`: also set the search option; `rules`: also create the alert rules."""

    overwrite: bool
    dry_run: bool
    setting: bool
    rules: bool


def _load(settings: Settings, wait_s: float, wanted: _Wanted) -> Loaded:
    sources = read_sources(settings.config_dir)
    objects = saved_objects(sources, settings.index, settings.config_dir)
    kibana = Kibana(_options(settings))
    version = await_server(kibana, wait_s)
    writing = not wanted.dry_run
    done = (load if writing else look)(kibana, objects, overwrite=wanted.overwrite)
    asked = wanted.setting and writing
    state, why = set_search(kibana, overwrite=wanted.overwrite) if asked else ("left alone", "")
    views = {one.id: one.destination_id for one in done if one.type == "index-pattern" and one.destination_id}
    bodies = rule_bodies(sources, kibana.space, views) if wanted.rules and writing else {}
    return Loaded(
        kibana=kibana.where,
        version=version,
        space=kibana.space,
        dry_run=wanted.dry_run,
        objects=done,
        setting=state,
        setting_reason=why,
        rules=load_rules(kibana, bodies),
    )


def _options(settings: Settings) -> KibanaOptions:
    given = settings.kibana
    if given.url is None:
        raise ConfigError("Which Kibana? Give --url http://host:5601, or set NEWSDROP_KIBANA_URL.")
    return KibanaOptions(
        url=given.url,
        space=given.space,
        api_key=given.api_key.get_secret_value() if given.api_key else None,
        username=given.username,
        password=given.password.get_secret_value() if given.password else None,
        ca_certs=str(given.ca_certs) if given.ca_certs else None,
        timeout_s=given.timeout_s,
    )


def _facts(loaded: Loaded) -> dict[str, object]:
    return {name: getattr(loaded, name) for name in loaded.__struct_fields__}


def _show(loaded: Loaded) -> None:
    where = f"{loaded.kibana}, space {loaded.space or 'default'}"
    write(f"Kibana {loaded.version or '(version unknown)'} at {where}.")
    print_table(["type", "object", "state", "why"], [_row(one) for one in (*loaded.objects, *loaded.rules)])
    if kept := [one for one in loaded.objects if one.state == "kept"]:
        write(f"Kept as they are: {len(kept)}. --overwrite replaces them with ours.")
    if loaded.dry_run:
        write("Dry run: nothing was changed. Existing objects would be updated.")
        return
    why = f": {loaded.setting_reason}" if loaded.setting_reason else ""
    write(f"Setting {SEARCH_SETTING}: {loaded.setting}{why}.")


def _row(one: ObjectResult) -> tuple[object, ...]:
    return (one.type, one.title, one.state, one.reason)
