"""Dialect `hugo`: front matter in TOML between two lines of three plus signs, then Markdown or HTML.

    +++
    title = "…"
    date = 2018-02-10T13:55:36+00:00
    tags = ["…"]
    [params]
    author = "…"
    +++

Keys mean what they mean in Jekyll's front matter (oped2.py).
"""

from __future__ import annotations

from newsdrop.archive.dialects.oped2 import front_matter, header_of
from newsdrop.archive.frontmatter import read_toml
from newsdrop.archive.header import Layout
from newsdrop.options import Limits

__all__ = ["DIALECT"]


class _Hugo:
    name = "hugo"
    expects = "Hugo's front matter between two +++ lines"

    def sniff(self, text: str) -> bool:
        return text.startswith("+++") and text[3:].partition("\n")[0].strip() == ""

    def split(self, text: str, source: str, limits: Limits) -> Layout:
        ends = front_matter(text, source, limits)
        header = header_of(read_toml(text[: ends[0]].partition("\n")[2]))
        return Layout(self.name, header, text[ends[1] :])


DIALECT = _Hugo()
