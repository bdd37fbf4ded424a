"""Dialect `hugo`: front matter in TOML between two lines of three plus signs, or an object of JSON; then
Markdown or HTML.

    +++
    title = "…"
    date = 2018-02-10T13:55:36+00:00
    tags = ["…"]
    [params]
    author = "…"
    +++

    { "title": "…", "date": "2018-02-10T13:55:36+00:00", "tags": ["…"] }

Keys mean what they mean in Jekyll's front matter (oped2.py).
"""

from __future__ import annotations

from newsdrop.archive.dialects.oped2 import front_matter, header_of
from newsdrop.archive.frontmatter import find_json_end, read_json, read_toml
from newsdrop.archive.header import Layout
from newsdrop.errors import TooLargeError
from newsdrop.options import Limits

__all__ = ["DIALECT"]


#: No front matter is longer.
_JSON_CHARS = 65_536


class _Hugo:
    name = "hugo"
    expects = "Hugo's front matter between two +++ lines"

    def sniff(self, text: str) -> bool:
        if text.startswith("{"):
            return find_json_end(text, _JSON_CHARS) is not None
        return text.startswith("+++") and text[3:].partition("\n")[0].strip() == ""

    def split(self, text: str, source: str, limits: Limits) -> Layout:
        if text.startswith("{"):
            end = find_json_end(text, min(limits.header_chars, _JSON_CHARS))
            if end is None:
                raise TooLargeError(
                    f"{source}: its front matter has more than {limits.header_chars:,} characters (setting "
                    "limits.header_chars)."
                )
            return Layout(self.name, header_of(read_json(text[:end])), text[end:].lstrip())
        ends = front_matter(text, source, limits)
        header = header_of(read_toml(text[: ends[0]].partition("\n")[2]))
        return Layout(self.name, header, text[ends[1] :])


DIALECT = _Hugo()
