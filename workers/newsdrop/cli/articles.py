"""The article that somebody names on the command line: also a file whose article is stored from another."""

from __future__ import annotations

import os
from contextlib import suppress

from newsdrop.cli.assembly import OpenServices
from newsdrop.cli.terminal import say
from newsdrop.desk.given import check_given
from newsdrop.desk.lookup import find_article, find_brought, origin_of
from newsdrop.documents import Document
from newsdrop.errors import GoneError, OutageError
from newsdrop.membership import readings

__all__ = ["named_article"]


def named_article(services: OpenServices, target: str) -> Document:
    """The one article that `target` names; says so if the index has it from another file than the one named.

    Raises:
        GoneError: neither the index nor the ledger knows one.
        ConfigError, OutageError: as `find_article`.
    """
    check_given(**{"ID|URL|PATH": target})
    try:
        return find_article(services.store, target)
    except GoneError:
        # Without a file of that name, the ledger isn't worth starting an embedded server for.
        if not any(os.path.lexists(file) for file, _member in readings(target)):
            raise
        document = None
        with suppress(OutageError):
            document = find_brought(services.store, services.ledger, target)
        if document is None:
            raise
    say(f"The index has the article of {target} from another file that brings it: {origin_of(document)}")
    return document
