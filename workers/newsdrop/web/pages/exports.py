"""All results of a search, as a file."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.requests import Request

from newsdrop.index.store import Store
from newsdrop.times import wall_clock
from newsdrop.web.answers import ProblemError
from newsdrop.web.exports import EXPORTS, Export
from newsdrop.web.searching import Search

__all__ = ["begin_export", "export_asked"]


def export_asked(request: Request) -> Export:
    """The export format named in the URL.

    Raises:
        ProblemError: there is no such format.
    """
    kind = request.path_params["kind"]
    if kind not in EXPORTS:
        raise ProblemError(404, f"Results can be downloaded as {', '.join(EXPORTS)}, but not as {kind}.")
    return EXPORTS[kind]


def begin_export(store: Store, request: Request, export: Export) -> Iterator[bytes]:
    """The file's pieces.

    Raises:
        ConfigError: the search is invalid.
        OutageError: the index can't be asked, as far as that is known before the first piece.
    """
    search = Search.read(request.query_params.multi_items())
    return export.pieces(store, search.request(wall_clock()))
