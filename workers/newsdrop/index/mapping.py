"""The bodies of our indexes, made from `config/elasticsearch/*.json`, and how a real index differs from them.

The fold table comes from newsdrop.folding and the signs from signs.py, so that Elasticsearch, the embedded
index and the fingerprints treat the same characters as equal. Pure apart from reading the files. Refuses a
file that isn't the expected mapping.
"""

from __future__ import annotations

import copy
import json
import re
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from newsdrop.configfiles import find_config_file
from newsdrop.errors import ConfigError, cited
from newsdrop.folding import REPEATED, spellings, syllables
from newsdrop.index.joints import JOINED, JOINTS
from newsdrop.index.signs import EMOJI, JOINT, newer_rows, sign_rows, single_rows
from newsdrop.index.wording import KEPT, ODD
from newsdrop.options import IndexOptions, Limits

__all__ = [
    "IndexBody",
    "differences",
    "index_body",
    "mapped_fields",
    "mapping_version",
    "strange_metadata",
    "write_blocks",
]

Schema = Literal["articles", "dead-letters"]

#: What stands for other patterns in the patterns of the file.
_NAMED = {
    "{emoji}": EMOJI,
    "{joints}": JOINTS,
    "{joined}": JOINED,
    "{repeated}": REPEATED,
}
#: Signs that are no syntax in a char filter's rows, and stand in thousands of them.
_PLAIN = f"-{JOINT}"
_HIGHLIGHTED = "highlight.max_analyzed_offset"
_TEXT_CHARS = Limits().text_chars
#: The server's defaults for settings that an index doesn't set.
_UNSET = {_HIGHLIGHTED: "1000000"}
#: The blocks that refuse documents, and what a person can do about each.
_BLOCKS = {
    "read_only_allow_delete": "most likely the disk of a node is full. Free some space; Elasticsearch then "
    "lifts the block by itself.",
    "read_only": "somebody made it read-only. Set index.blocks.read_only to null to allow writes again.",
    "write": "a migration is in its last step or was interrupted; `newsdrop index migrate` finishes it.",
}


class IndexBody(msgspec.Struct, frozen=True, kw_only=True):
    """What an index is created with. `live`: settings that can be changed on an index in use."""

    schema: Schema
    version: int
    settings: dict[str, Any]
    mappings: dict[str, Any]
    live: dict[str, str]


def index_body(
    schema: Schema, options: IndexOptions, override: Path | None = None, *, text_chars: int = _TEXT_CHARS
) -> IndexBody:
    """The body of one of our indexes; `text_chars` is the longest text that it accepts (limits.text_chars).

    Raises:
        ConfigError: the file is missing or isn't one of our mappings.
    """
    path = find_config_file(f"elasticsearch/{schema}.json", override)
    try:
        body = json.loads(path.read_text("utf-8"))
        settings, mappings = body["settings"]["index"], body["mappings"]
        version = mapping_version(mappings)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path} is not an index mapping of newsdrop ({error!r}). Restore it.") from None
    if version is None or mappings["_meta"]["newsdrop"].get("schema") != schema:
        raise ConfigError(f"{path} lacks `_meta.newsdrop` with schema {schema!r} and a mapping_version.")
    settings = copy.deepcopy(settings)
    if "analysis" in settings:
        _choose_analysis(settings["analysis"], body.get(options.analysis, {}))
        mappings["_meta"]["newsdrop"]["analysis"] = options.analysis
    live = {
        "number_of_replicas": str(options.replicas),
        "refresh_interval": options.refresh_interval,
        # A removal is remembered only this long: another file's older capture must be able to come back.
        "gc_deletes": "1s",
        # A longer text would break every Kibana search that shows it; a rare character counts twice.
        _HIGHLIGHTED: str(2 * text_chars),
    }
    settings |= {"number_of_shards": str(options.shards), **live}
    return IndexBody(schema=schema, version=version, settings=settings, mappings=mappings, live=live)


def mapping_version(mappings: dict[str, Any]) -> int | None:
    """The version in a mapping, if it is one of ours."""
    ours = mappings.get("_meta", {}).get("newsdrop", {})
    version = ours.get("mapping_version") if isinstance(ours, dict) else None
    return version if isinstance(version, int) else None


def mapped_fields(body: IndexBody) -> dict[str, dict[str, Any]]:
    """Every searchable field → its definition, including sub-fields (`title.keyword`)."""
    fields = _fields(body.mappings["properties"])
    inner = {
        f"{name}.{sub}": definition
        for name, outer in fields.items()
        for sub, definition in outer.get("fields", {}).items()
    }
    return fields | inner


def differences(expected: IndexBody, settings: dict[str, Any], mappings: dict[str, Any]) -> list[str]:
    """How a real index differs from what it should be, one sentence each.

    Args:
        settings: the `index` part of the server's answer.
    """
    said = []
    here, there = expected.version, mapping_version(mappings)
    if there != here:
        said.append(f"Its mapping version is {there or 'none'}; this newsdrop needs {here}.")
    if str(mappings.get("dynamic", "true")) != str(expected.mappings.get("dynamic", "true")):
        said.append("It accepts fields that the mapping doesn't define (dynamic is not strict).")
    said += strange_metadata(mappings)
    said += _field_differences(expected.mappings["properties"], mappings.get("properties", {}))
    wanted = _flat(_without_live(expected))
    found = _flat(settings)
    for name, value in wanted.items():
        if found.get(name) != value:
            said.append(f"Setting index.{name} is {_shown(found.get(name))}, not {_shown(value)}.")
    said += [f"Setting index.{name} was not set by newsdrop." for name in found if _foreign(name, wanted)]
    for name, text in expected.live.items():
        if (there_now := found.get(name, _UNSET.get(name, text))) != text:
            said.append(f"Setting index.{name} is {there_now}, not {text}.")
    return said + write_blocks(settings)


def strange_metadata(mappings: dict[str, Any]) -> list[str]:
    """What an index template made of an index that can hold no documents of ours, one sentence each."""
    said = []
    remedy = (
        "most likely an index template that matches its name does that. Change the template, and then run "
        "`newsdrop index migrate`."
    )
    if _flag(mappings, "_routing", "required"):
        said.append(f"It accepts no document without a routing value (mapping _routing): {remedy}")
    source = mappings.get("_source", {})
    if (
        str(source.get("enabled", "true")).lower() == "false"
        or source.get("includes")
        or source.get("excludes")
    ):
        said.append(f"It does not keep whole documents (mapping _source): {remedy}")
    return said


def write_blocks(settings: dict[str, Any]) -> list[str]:
    """Which blocks refuse all documents of an index, one sentence each, with the remedy.

    Args:
        settings: the `index` part of the server's answer.
    """
    return [
        f"It accepts no writes (index.blocks.{name}): {remedy}"
        for name, remedy in _BLOCKS.items()
        if _flag(settings, "blocks", name)
    ]


def _choose_analysis(analysis: dict[str, Any], variant: dict[str, Any]) -> None:
    filters = analysis["char_filter"]
    filters["nd_fold_keyword"]["mappings"], filters["nd_fold"]["mappings"] = _fold_rows()
    analysis["filter"]["nd_keep"]["keywords"] = sorted(KEPT)
    for kind, parts in variant.items():
        analysis[kind] |= parts
    for one in filters.values():
        for name, meant in _NAMED.items():
            for part in ("pattern", "replacement"):
                if part in one:
                    one[part] = one[part].replace(name, meant)
    _fill(analysis["filter"])


@cache
def _fold_rows() -> tuple[str, str]:
    """The rows of `nd_fold_keyword` and of `nd_fold`: twenty thousand each, so they are made once.

    Raises:
        ConfigError: the table of folding is missing or broken.
    """
    letters = spellings()
    # Keywords keep their signs: `C++` and `U.S.` are tags. Documents have their Hangul in syllables.
    return _rows(letters), _rows(single_rows(letters | syllables() | sign_rows() | newer_rows()))


def _fill(filters: dict[str, Any]) -> None:
    """Fill in the tables of filters; a file of the user's own may be older than these."""
    if "nd_odd" in filters:
        rules = [f"{one} => {other}" for pair in ODD for one, other in (pair, pair[::-1])]
        filters["nd_odd"]["rules"] = rules
    if "nd_graph" in filters:
        # Pictures of the first plane would be delimiters.
        letters = [f"{_code_units(sign)} => ALPHA" for sign in _pictures()]
        filters["nd_graph"]["type_table"] = [*filters["nd_graph"].get("type_table", []), *letters]


def _pictures() -> list[str]:
    picture = re.compile(f"[{EMOJI}]")
    return [sign for sign in map(chr, range(0x2000, 0x3100)) if picture.match(sign)]


def _rows(table: dict[str, str]) -> str:
    """The table as one text, which Elasticsearch splits at its commas.

    As a list, its thousands of rows cost seconds each time that an index is made: Elasticsearch copies all
    values of an analysis for each of its keys (`AbstractScopedSettings.validate`).
    """
    return ",".join(f"{_escaped(source)}=>{_escaped(target)}" for source, target in sorted(table.items()))


def _row_list(rows: str | list[str]) -> list[str]:
    """The rows of a table, however it was written: indexes of earlier newsdrops have a list of `a => b`."""
    listed = rows.split(",") if isinstance(rows, str) else rows
    return [row.replace(" => ", "=>") for row in listed]


def _escaped(text: str) -> str:
    """As a char filter's rows take it: what is no letter or digit would be syntax, or be trimmed."""
    units = (char if char.isalnum() or char in _PLAIN else _code_units(char) for char in text)
    return "".join(units)


def _code_units(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at] << 8 | units[at + 1]:04X}" for at in range(0, len(units), 2))


def _field_differences(expected: dict[str, Any], found: dict[str, Any]) -> list[str]:
    want, have = _fields(expected), _fields(found)
    said = [f"Field {name} is missing." for name in want if name not in have]
    said += [f"Field {name} exists but shouldn't." for name in have if name not in want]
    said += [
        f"Field {name} has another mapping." for name in want if have.get(name, want[name]) != want[name]
    ]
    return said


def _fields(properties: dict[str, Any], prefix: str = "") -> dict[str, dict[str, Any]]:
    fields: dict[str, dict[str, Any]] = {}
    for name, definition in properties.items():
        if "properties" in definition:
            fields |= _fields(definition["properties"], f"{prefix}{name}.")
        else:
            fields[prefix + name] = definition
    return fields


def _without_live(expected: IndexBody) -> dict[str, Any]:
    return {name: value for name, value in expected.settings.items() if name not in expected.live}


def _flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{name}.")
        elif name == "mappings":
            flat[prefix + name] = _row_list(value)
        else:
            # The server returns every setting as text.
            flat[prefix + name] = value if isinstance(value, list) else str(value).lower()
    return {name: [str(one) for one in v] if isinstance(v, list) else v for name, v in flat.items()}


def _foreign(name: str, wanted: dict[str, Any]) -> bool:
    return name.startswith("analysis.") and name not in wanted


def _shown(value: Any) -> str:
    return cited("not set" if value is None else value, 80)


def _flag(settings: dict[str, Any], *names: str) -> bool:
    value: Any = settings
    for name in names:
        value = value.get(name, {}) if isinstance(value, dict) else {}
    return str(value).lower() == "true"
