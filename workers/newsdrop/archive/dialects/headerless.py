"""Text without a header, read as an article where a folder's settings say so (`headerless = "article"`).

The file's name without its extension is the title, because there is nothing else. HTML and Markdown are
read as under any header; in plain text each line is a paragraph. Refuses what isn't prose (feeds, JSON,
scripts, mail), and damaged headers.
"""

from __future__ import annotations

import html
import re

from newsdrop.archive.dialects.markdown import MARKDOWN, as_html, is_markdown
from newsdrop.archive.header import Header, Layout
from newsdrop.names import clean_text

__all__ = ["HEADERLESS", "headerless_article"]

#: The name of this way of laying out an article.
HEADERLESS = "headerless"
_ENDING = re.compile(r"(?<=.)\.[A-Za-z0-9]{1,8}$")
_TAG = re.compile(r"<[a-zA-Z/!]")


def headerless_article(text: str, source: str, name: str) -> Layout:
    """The text as an article titled with its file's name.

    Raises:
        TooLargeError: a Markdown body longer than any article.
    """
    header = Header(title=clean_text(_ENDING.sub("", name)))
    if is_markdown(text):
        return Layout(HEADERLESS + MARKDOWN, header, as_html(text, source))
    if _TAG.search(text):
        return Layout(HEADERLESS, header, text)
    paragraphs = (html.escape(line.strip(), quote=False) for line in text.split("\n"))
    return Layout(HEADERLESS, header, "".join(f"<p>{line}</p>" for line in paragraphs if line))
