"""Dialect `duty-machine/news`: comment with epoch milliseconds, link, six hyphens, HTML on one line.

The number is the feed item's time, which for most sources is minutes to hours after publication, and stands
for the capture time. Absent and NaN are the same: no time known.
"""

from __future__ import annotations

from newsdrop.archive.dialects.link_header import begins_link_header, read_link_header
from newsdrop.archive.header import Header, Layout
from newsdrop.moments import epoch_ms, from_epoch_ms
from newsdrop.options import Limits

__all__ = ["DIALECT"]


class _DutyMachine:
    name = "duty-machine/news"
    expects = "a `[title](url)` line and a line of six hyphens"

    def sniff(self, text: str) -> bool:
        return begins_link_header(text)

    def split(self, text: str, source: str, limits: Limits) -> Layout:
        link = read_link_header(text, source, limits)
        published = None if link.ms is None else from_epoch_ms(link.ms)
        header = Header(
            title=link.title,
            url=link.url,
            archived_at_ms=epoch_ms(published),
            published=published,
        )
        return Layout(self.name, header, text[link.end :])


DIALECT = _DutyMachine()
