"""Dialects and enrichment steps that other installed packages bring, by entry points.

    [project.entry-points."newsdrop.dialects"]       tried before newsdrop's own, in the order of their names
    [project.entry-points."newsdrop.enrichments"]    run after newsdrop's own, likewise

Each names an object as docs/extending.md describes it. What can't be loaded or lacks a part stops the start
with the package's name: an archive that is read without its dialect fills the dead letters. What such an
object returns is checked here, and what a dialect raises is told as its own: the file's dead letter names the
package. A step that returns no article has failed like one that raises.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from newsdrop.archive.dialects import DIALECTS, Dialect
from newsdrop.archive.header import Layout
from newsdrop.documents import Article
from newsdrop.enrich.steps import Step
from newsdrop.errors import ConfigError, ExtensionError, NewsdropError
from newsdrop.options import Limits

__all__ = ["dialects", "enrichments"]

_DIALECTS: Final = "newsdrop.dialects"
_ENRICHMENTS: Final = "newsdrop.enrichments"

_T = TypeVar("_T")


class _OthersDialect:
    """A dialect of another package: what it raises names it, and what it returns is a layout."""

    def __init__(self, dialect: Dialect, package: str) -> None:
        self._dialect = dialect
        self._called = f"the dialect {dialect.name!r} of the package {package}"

    @property
    def name(self) -> str:
        return self._dialect.name

    @property
    def expects(self) -> str:
        return self._dialect.expects

    def sniff(self, text: str) -> bool:
        return self._its_own("A file", lambda: bool(self._dialect.sniff(text)))

    def split(self, text: str, source: str, limits: Limits) -> Layout:
        return self._its_own(source, lambda: _checked(self._dialect.split(text, source, limits), Layout))

    def _its_own(self, source: str, work: Callable[[], _T]) -> _T:
        try:
            return work()
        except (NewsdropError, MemoryError):
            raise
        except Exception as error:
            raise ExtensionError(f"{source} can't be read: {self._called} failed{_told(error)}.") from error


class _OthersStep:
    """A step of another package: what it returns is an article."""

    def __init__(self, step: Step) -> None:
        self._step = step

    @property
    def name(self) -> str:
        return self._step.name

    def __call__(self, article: Article) -> Article:
        return _checked(self._step(article), Article)


def _checked(found: Any, kind: type[_T]) -> _T:
    """What was returned, if it is of this kind with all that is in it.

    Raises:
        TypeError, msgspec.ValidationError: it isn't.
    """
    if not isinstance(found, kind):
        raise TypeError(f"it returned {type(found).__name__} and not {kind.__name__} (docs/extending.md)")
    msgspec.convert(msgspec.to_builtins(found), kind)
    return found


def _told(error: Exception) -> str:
    """An error of foreign code with the place where it happened, as the end of a sentence."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return f"{where}: {type(error).__name__}: {error}"


def dialects() -> tuple[Dialect, ...]:
    """Every dialect there is, those of other packages first.

    Raises:
        ConfigError: one can't be loaded, is no dialect, or has the name of another.
    """
    found = _loaded(_DIALECTS, Dialect, ("name", "expects", "sniff", "split"))
    every = (*(_OthersDialect(one, package) for one, package in found), *DIALECTS)
    _check_names(_DIALECTS, [one.name for one in every])
    return every


def enrichments() -> tuple[Step, ...]:
    """The steps of other packages.

    Raises:
        ConfigError: one can't be loaded, is no step, or has the name of another.
    """
    found = tuple(_OthersStep(one) for one, _ in _loaded(_ENRICHMENTS, Step, ("name", "__call__")))
    _check_names(_ENRICHMENTS, [one.name for one in found])
    return found


def _loaded(group: str, kind: type, parts: tuple[str, ...]) -> list[tuple[Any, str]]:
    """Each object, and the name of its package."""
    points = sorted(entry_points(group=group), key=lambda one: one.name)
    return [(_load(point, kind, parts), _package(point)) for point in points]


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else point.value


def _load(point: EntryPoint, kind: type, parts: tuple[str, ...]) -> Any:
    where = f"The entry point {point.name!r} of the package {_package(point)} ({point.group})"
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
