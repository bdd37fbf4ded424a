"""`newsdrop rules …`: lists the site rules and runs their own tests.

The samples for a rule's tests are looked up in `samples/` beside the folder `sites/` that contains the rule,
then in the folders given with --samples, then in a checkout's tests/samples. An installed package doesn't
include the samples of its rules: these rules are then read but not tested, and the output says so.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from newsdrop.archive.reader import Bundle, Reader
from newsdrop.assembly import build_reader
from newsdrop.cli.choices import AsJson, given_path
from newsdrop.cli.drops import gather
from newsdrop.cli.guard import conclude, guarded
from newsdrop.cli.terminal import print_table, write, write_json
from newsdrop.configfiles import config_folders, shipped_folder
from newsdrop.documents import Page
from newsdrop.errors import BundleError, ConfigError, GoneError
from newsdrop.parse.rulecheck import check_rule
from newsdrop.parse.rulefaults import rule_faults
from newsdrop.parse.rules import Rule, RuleError, RuleSet, load_rules, read_rule, rule_files
from newsdrop.plurals import counted
from newsdrop.settings import load_settings

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)


class Checked(msgspec.Struct, kw_only=True):
    """The result for one rule file. `tested`: False if its samples aren't installed."""

    file: str
    tests: int = 0
    tested: bool = False
    problems: list[str] = []


@app.command(
    "list", help="List every site rule and the sites it covers.", epilog="Example:  newsdrop rules list"
)
@guarded
def show(as_json: AsJson = False) -> None:
    rules = load_rules(config_folders(load_settings().config_dir)).rules.values()
    if as_json:
        write_json([_facts(rule) for rule in rules])
        return
    for folder in dict.fromkeys(os.path.dirname(rule.path) for rule in rules):  # noqa: PTH120  paths are texts
        rows = [_row(rule) for rule in rules if os.path.dirname(rule.path) == folder]  # noqa: PTH120
        write(f"Rules in {folder}:")
        print_table(["rule", "source", "hosts", "tests"], rows, right=["tests"])


def _row(rule: Rule) -> tuple[object, ...]:
    return (rule.id, rule.name or "–", " ".join(rule.hosts) or "all others", len(rule.tests))


@app.command(
    help="Check rule files (default: all): keys, selectors, tests, and that each selector is needed.",
    epilog="Examples:  newsdrop rules check   newsdrop rules check ~/.config/newsdrop/sites/example.toml",
)
@guarded
def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE]…", help="Rule files, or folders of them.", show_default=False, parser=given_path
        ),
    ] = None,
    samples: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DIR",
            help="An additional folder of samples; may be repeated.",
            show_default=False,
            parser=given_path,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    settings = load_settings()
    folders = config_folders(settings.config_dir)
    paths = [path for one in files or () for path in _rule_files(one)] or rule_files(folders)
    checked = _check(paths, rule_files(folders), build_reader(settings), samples or [])
    wrong = [one for one in checked if one.problems]
    conclude(
        {"ok": not wrong, "files": checked},
        lambda: _report(checked),
        as_json=as_json,
        failure=f"{len(wrong)} of {counted(len(checked), 'rule file')} wrong." if wrong else "",
    )


def _check(
    paths: Sequence[Path], known: Sequence[Path], reader: Reader, samples: list[Path]
) -> list[Checked]:
    """Each file's problems; while being tested, a file replaces a known one of the same name."""
    checked = {path: Checked(file=str(path)) for path in paths}
    others = [path for path in known if path.name not in {path.name for path in paths}]
    rules: dict[Path, Rule] = {}
    for path in [*paths, *others]:
        try:
            rules[path] = read_rule(path)
        except RuleError as error:
            problems = rule_faults(path) or [error.message]
            checked.setdefault(path, Checked(file=str(path))).problems.extend(problems)
    together = _together(list(rules.values()), checked, paths[-1])
    for path in paths:
        if path in rules and together is not None and rules[path].id in together.rules:
            _test(checked[path], rules[path], together, reader, samples)
    return list(checked.values())


def _together(rules: list[Rule], checked: dict[Path, Checked], last: Path) -> RuleSet | None:
    """The rules as a set, without those that cover another's host, which are reported."""
    try:
        return RuleSet(rules)
    except RuleError as error:
        for fault in error.message.split("\n"):
            guilty = next((path for path in checked if str(path) in fault), last)
            checked[guilty].problems.append(fault)
    kept = [rule for rule in rules if rule.id == "default"]
    if not kept:
        return None
    for rule in rules:
        with suppress(RuleError):
            RuleSet([*kept, rule])
            kept += [rule] if rule not in kept else []
    return RuleSet(kept)


def _test(one: Checked, rule: Rule, rules: RuleSet, reader: Reader, samples: list[Path]) -> None:
    own = Path(rule.path).resolve().parent.parent / "samples"
    source = shipped_folder().parent / "tests" / "samples"
    one.tests = len(rule.tests)
    shipped = Path(rule.path).resolve().parent == shipped_folder() / "sites"
    if shipped and not source.is_dir() and not samples:
        return
    one.tested = True
    one.problems += check_rule(rules, rule, _opener(reader, [own, *samples, source]))


def _opener(reader: Reader, folders: list[Path]) -> Callable[[str], Page]:
    def open_page(name: str) -> Page:
        path = next((folder / name for folder in folders if (folder / name).is_file()), None)
        if path is None:
            looked = ", ".join(str(folder) for folder in folders)
            raise GoneError(f"this sample doesn't exist (searched in {looked}).")
        drop = gather([str(path)]).drops[0]
        raw = reader.fetch(drop)
        if isinstance(raw, Bundle):
            raise BundleError(f"{path} is a bundle; a sample is one page.")
        return reader.page(drop, raw)

    return open_page


def _rule_files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    found = sorted(path.glob("*.toml"))
    if not found:
        raise ConfigError(f"{path} contains no rule files (*.toml).")
    yield from found


def _report(checked: Sequence[Checked]) -> None:
    for one in checked:
        if not one.problems:
            ran = f"tests: {one.tests}" if one.tested else "read; its samples come with the source only"
            write(f"ok      {one.file} ({ran})")
    for one in checked:
        for problem in one.problems:
            write(f"wrong   {problem}")


def _facts(rule: Rule) -> dict[str, object]:
    return {
        "rule": rule.id,
        "name": rule.name,
        "hosts": rule.hosts,
        "eras": len(rule.eras),
        "tests": [test.file for test in rule.tests],
        "file": rule.path,
    }
