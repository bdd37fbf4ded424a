"""The options that select dead letters, declared once for all commands of `newsdrop dead`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any, Final

import typer

from newsdrop.desk.durations import seconds
from newsdrop.desk.given import check_given, whole_pattern
from newsdrop.documents import Stage
from newsdrop.ledger.deadletters import LetterFilter

__all__ = ["choosing"]


def _option(name: str, help_: str, metavar: str | None = None) -> Any:
    return typer.Option(name, metavar=metavar, help=help_, show_default=False)


_OPTIONS: Final[dict[str, Any]] = {
    "group": Annotated[str | None, _option("--group", "A group shown by `dead groups`.")],
    "stage": Annotated[Stage | None, _option("--stage", "The stage in which they failed.")],
    "error": Annotated[str | None, _option("--error", "Error type, such as UnknownDialectError.")],
    "path": Annotated[str | None, _option("--path", "For example '*/bbc/*'.", "GLOB")],
    "older": Annotated[str | None, _option("--older", "Failed longer ago than 90s, 30m, 12h, 7d.", "AGE")],
    "newer": Annotated[str | None, _option("--newer", "Failed within this time.", "AGE")],
}
_IDS: Final[Any] = Annotated[
    list[str] | None,
    typer.Argument(metavar="ID…", help="Ids, or their first characters.", show_default=False),
]


def choosing(*, by_id: bool = True) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Replace the parameter `chosen` of a command, a LetterFilter, with the options that select dead letters.

    Args:
        by_id: whether the command's arguments are ids.
    """
    options = {**({"ids": _IDS} if by_id else {}), **_OPTIONS}

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def run(**given: Any) -> None:
            chosen = _filter(**{name: given.pop(name) for name in options})
            command(chosen=chosen, **given)

        # Typer reads the options of a command from its signature.
        run.__signature__ = _with_options(command, options)  # type: ignore[attr-defined]
        return run

    return decorate


def _with_options(command: Callable[..., None], options: dict[str, Any]) -> inspect.Signature:
    signature = inspect.signature(command, eval_str=True)
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
        for name, kind in options.items()
    ]
    parameters: list[inspect.Parameter] = []
    for parameter in signature.parameters.values():
        if parameter.name == "chosen":
            parameters += added
        else:
            parameters.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))
    return signature.replace(parameters=parameters)


def _filter(
    *,
    group: str | None,
    stage: Stage | None,
    error: str | None,
    path: str | None,
    older: str | None,
    newer: str | None,
    ids: list[str] | None = None,
) -> LetterFilter:
    check_given(**{"--group": group, "--error": error, "--path": path, "--older": older, "--newer": newer})
    for letter_id in ids or ():
        check_given(ID=letter_id)
    return LetterFilter(
        ids=tuple(ids or ()),
        group=group,
        stage=stage,
        error=error,
        path=path,
        path_here=None if path is None else whole_pattern(path),
        older_than_s=seconds(older) if older is not None else None,
        newer_than_s=seconds(newer) if newer is not None else None,
    )
