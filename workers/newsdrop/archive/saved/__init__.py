"""Pages that a browser saved in a format of its own, with their pictures: only the page is extracted.

    mhtml        Chrome's and Edge's "web page, single file" (.mhtml), Internet Explorer's .mht
    webarchive   Safari's .webarchive
    singlefile   SingleFile's self-extracting pages, which are ZIP files as well

They are recognized by their content. URL and time are what the browser recorded; what the page says
about itself is in its head. Refuses mail, and property lists that aren't pages.
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
