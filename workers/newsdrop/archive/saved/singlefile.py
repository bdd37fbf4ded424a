"""SingleFile's self-extracting pages: an HTML page that unpacks itself out of a ZIP file behind it.

    <!doctype html> … <!-- Page saved with SingleFile url: … saved date: … --> … scripts … PK…

What a browser shows at first is a notice and a script; the page is `index.html` in the ZIP file, which may be
read with no browser at all. Where from and when stands in the comment, as in SingleFile's plain pages.
"""

from __future__ import annotations

from typing import Final

from newsdrop.archive.bundles.streams import Source
from newsdrop.archive.bundles.zips import zip_entries
from newsdrop.archive.dialects.saved_page import noted
from newsdrop.archive.saved.page import SavedPage
from newsdrop.errors import UnknownDialectError
from newsdrop.options import Limits

__all__ = ["read_self_extracting"]

_TAIL_BYTES: Final = 65_557
_HEAD_BYTES: Final = 65_536
_PAGE: Final = "index.html"


def read_self_extracting(data: bytes, source: str, limits: Limits) -> SavedPage | None:
    """The page of a self-extracting file, or None for any other file.

    Raises:
        UnknownDialectError: there is no page in it.
        BundleError: its ZIP file is damaged, or a bomb.
    """
    # The end of a ZIP file, and a file in it: these few bytes alone may be anything's.
    ended = data[:1] == b"<" and data.find(b"PK\x05\x06", max(0, len(data) - _TAIL_BYTES)) > 0
    if not ended or data.find(b"PK\x03\x04") < 0:
        return None
    file = Source.of_bytes(source, data, max(limits.member_bytes, len(data)) + 1)
    members = zip_entries(source, file, limits, behind=True)
    page = next((one for one in members if one.name == _PAGE), None)
    if page is None or page.fault is not None:
        why = f": {page.fault}" if page is not None else ""
        raise UnknownDialectError(
            f"{source} is a page with a ZIP file behind it that holds no {_PAGE}{why}; expected a page "
            "that SingleFile saved."
        )
    header = noted(data[:_HEAD_BYTES].decode("utf-8", "replace"))
    return SavedPage(
        dialect="singlefile",
        data=page.read().data,
        url=header.url,
        archived_at_ms=header.archived_at_ms,
    )
