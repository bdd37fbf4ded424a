"""Pages that a browser saved into a file of its own kind, with its pictures: the page is taken out, no more.

    mhtml        Chrome's and Edge's "web page, single file" (.mhtml), Internet Explorer's .mht
    webarchive   Safari's .webarchive
    singlefile   SingleFile's self-extracting pages, which are ZIP files as well

Told by their content, as everything. Where from and when is what the browser wrote down; what the page says
of itself is its head's business. Refuses mail, and property lists that are no page.
"""

from __future__ import annotations

from newsdrop.archive.saved.mhtml import read_mhtml
from newsdrop.archive.saved.page import SavedPage
from newsdrop.archive.saved.singlefile import read_self_extracting
from newsdrop.archive.saved.webarchive import read_webarchive
from newsdrop.options import Limits

__all__ = ["SavedPage", "read_saved"]


def read_saved(data: bytes, source: str, limits: Limits) -> SavedPage | None:
    """The page in a file that a browser saved, or None for any other file.

    Raises:
        UnknownDialectError: a browser saved it, but there is no page in it.
        BundleError: as `read_self_extracting`.
    """
    return (
        read_webarchive(data, source)
        or read_mhtml(data, source)
        or read_self_extracting(data, source, limits)
    )
