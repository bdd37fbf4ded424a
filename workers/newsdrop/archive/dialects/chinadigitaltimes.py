"""Dialect `duty-machine/chinadigitaltimes`: link, six hyphens, a line `日期：` and an RFC 2822 date, HTML."""

from __future__ import annotations

import re
from datetime import UTC

from newsdrop.archive.dialects.link_header import begins_link_header, read_link_header
from newsdrop.archive.header import Header, Layout
from newsdrop.moments import epoch_ms, from_epoch_ms, read_moment
from newsdrop.options import Limits

__all__ = ["DIALECT"]

_DATE_LINE = re.compile(r"\s*日期[：:][ \t]*([^\n<]{0,80})(?:\n|\Z)")
_RULE_AND_DATE = re.compile(r"\n-{6}[ \t]*\n\s*日期[：:]")
_SNIFF_CHARS = 65_536


class _ChinaDigitalTimes:
    name = "duty-machine/chinadigitaltimes"
    expects = "a `[title](url)` line, a line of six hyphens and a line `日期：…`"

    def sniff(self, text: str) -> bool:
        return begins_link_header(text) and bool(_RULE_AND_DATE.search(text, 0, _SNIFF_CHARS))

    def split(self, text: str, source: str, limits: Limits) -> Layout:
        link = read_link_header(text, source, limits)
        line = _DATE_LINE.match(text, link.end)
        published = read_moment(line[1]) if line else None
        # To sort captures by, any fixed zone will do; what is published must not look exact.
        captured = read_moment(line[1], UTC) if line else None
        if published is None and link.ms is not None:
            published = captured = from_epoch_ms(link.ms)
        header = Header(
            title=link.title,
            url=link.url,
            archived_at_ms=epoch_ms(captured),
            published=published,
        )
        return Layout(self.name, header, text[line.end() if line else link.end :])


DIALECT = _ChinaDigitalTimes()
