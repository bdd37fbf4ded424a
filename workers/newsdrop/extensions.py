"""Dialects and enrichment steps that other installed packages bring, by entry points.

    [project.entry-points."newsdrop.dialects"]       tried before newsdrop's own, in the order of their names
    [project.entry-points."newsdrop.enrichments"]    run after newsdrop's own, likewise

Each names an object as docs/extending.md describes it. What can't be loaded or lacks a part stops the start
with the package's name: an archive that is read without its dialect fills the dead letters. Refuses to judge
what such an object does; a file that it stumbles over has a dead letter like any other.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

from newsdrop.archive.dialects import DIALECTS, Dialect
from newsdrop.enrich.steps import Step
from newsdrop.errors import ConfigError

__all__ = ["dialects", "enrichments"]

_DIALECTS: Final = "newsdrop.dialects"
_ENRICHMENTS: Final = "newsdrop.enrichments"


def dialects() -> tuple[Dialect, ...]:
    """Every dialect there is, those of other packages first.

    Raises:
        ConfigError: one can't be loaded, is no dialect, or has the name of another.
    """
    found: list[Dialect] = _loaded(_DIALECTS, Dialect, ("name", "expects", "sniff", "split"))
    every = (*found, *DIALECTS)
    _check_names(_DIALECTS, [one.name for one in every])
    return every


def enrichments() -> tuple[Step, ...]:
    """The steps of other packages.

    Raises:
        ConfigError: one can't be loaded, is no step, or has the name of another.
    """
    found: list[Step] = _loaded(_ENRICHMENTS, Step, ("name", "__call__"))
    _check_names(_ENRICHMENTS, [one.name for one in found])
    return tuple(found)


def _loaded(group: str, kind: type, parts: tuple[str, ...]) -> list[Any]:
    return [
        _load(point, kind, parts) for point in sorted(entry_points(group=group), key=lambda one: one.name)
    ]


def _load(point: EntryPoint, kind: type, parts: tuple[str, ...]) -> Any:
    package = point.dist.name if point.dist is not None else point.value
    where = f"The entry point {point.name!r} of the package {package} ({point.group})"
    try:
        found = point.load()
    except Exception as error:  # noqa: BLE001  whatever a foreign module does when it is imported
        raise ConfigError(f"{where} can't be loaded: {type(error).__name__}: {error}.") from None
    missing = [part for part in parts if not hasattr(found, part)]
    if missing or isinstance(found, type):
        lacks = f"lacks {', '.join(missing)}" if missing else "names a class, and must name an object"
        raise ConfigError(f"{where} is no {kind.__name__.lower()}: it {lacks} (docs/extending.md).")
    return found


def _check_names(group: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ConfigError(f"Two of {group} are called {name!r}; uninstall or rename one of them.")
        seen.add(name)
