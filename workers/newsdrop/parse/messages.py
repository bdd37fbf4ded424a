r"""WeChat's pages whose text only a script would show: short messages, posts of pictures, and reprints.

    content_noencode: JsDecode('第一行\x0a第二行')              the text, as HTML or as lines
    window.picture_page_info_list = [{… cdn_url: 'https://…'    the pictures of a post

Their head repeats the text as title or description, with `\n` or `\x0a` where lines end. What the page has is
set into it as elements, where a browser would have put it; pages that show their text stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from html import escape, unescape

from selectolax.lexbor import LexborHTMLParser

from newsdrop.parse.text import letters

__all__ = ["shown_messages"]

_SIGN = "content_noencode"
#: After these, it is the end of another name.
_OTHER_NAME = "_."
_PLACE = 'id="js_content"'
_CONTENT = re.compile(r"content_noencode\s*:\s*(?:JsDecode\()?'((?:[^'\\]|\\.)+)'")
_PICTURES = "window.picture_page_info_list = ["
_PICTURE = re.compile(r"\*\s*1,\s*cdn_url:\s*'(https?:[^'\s]{1,2000})'")
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_CONTROLS = {"n": "\n", "r": "", "t": " "}
_MARKUP = re.compile(r"<(?:p|section|div|br|h\d|blockquote)\b")
#: A link over several lines would make each of them nothing but a link.
_LONG_LINK = re.compile(r"<a\b[^<>]*+>((?:(?!</?a\b)[^\n])*+\n(?:(?!</?a\b)[\s\S])*+)</a>")
_TAG = re.compile(r"<[^<>]*+>")
_META = re.compile(r"<meta\s[^<>]*?content=\"(?P<content>[^\"]*)\"[^<>]*+>", re.IGNORECASE)
_LINE_END = re.compile(r"\\n|\\x0[ad]")
#: So many letters of the text show whether the page has it already.
_COMPARED = 30
#: A line that is longer becomes the title only as far as its first sentence, or so many letters, go.
_LONGEST_TITLE = 60
_SENTENCE = re.compile(r".{4,60}?[。！？!?…]+")


def shown_messages(html: str, document: LexborHTMLParser) -> str:
    """The page with the text that a script of WeChat would show, or as it is."""
    if _SIGN not in html:
        return html
    content = next(filter(str.strip, _contents(html)), "")
    start = letters(unescape(_TAG.sub("", content)))[:_COMPARED]
    place = document.css_first("#js_content")
    end = html.rfind("</body")
    if not start or end < 0 or (place is not None and start in letters(place.text())):
        return html
    body = content if _MARKUP.search(content) else _lines(content)
    shown = f"<div {_PLACE}>{body}{_pictures(html)}</div>"
    before = _META.sub(partial(_head_line, letters(unescape(content))), html[:end].replace(_PLACE, ""))
    return before + shown + html[end:]


def _contents(html: str) -> Iterator[str]:
    """What the page's scripts have as text. A pattern would look at every letter of the page."""
    start = html.find(_SIGN)
    while start >= 0:
        found = None if html[start - 1] in _OTHER_NAME else _CONTENT.match(html, start)
        if found is not None:
            yield _unescaped(found[1])
        start = html.find(_SIGN, found.end() if found is not None else start + 1)


def _unescaped(literal: str) -> str:
    """The text of a string of JavaScript's."""

    def one(found: re.Match[str]) -> str:
        code = found[1] or found[2]
        return chr(int(code, 16)) if code else _CONTROLS.get(found[3], found[3])

    # JavaScript writes a character beyond the plane as two.
    return _ESCAPE.sub(one, literal).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _lines(content: str) -> str:
    lines = [line.strip() for line in _LONG_LINK.sub(r"\1", content).split("\n")]
    return "".join(f"<p>{line}</p>" for line in lines if line)


def _pictures(html: str) -> str:
    start = html.find(_PICTURES)
    listed = html[start : html.find("];", start)] if start >= 0 else ""
    addresses = dict.fromkeys(unescape(_unescaped(found[1])) for found in _PICTURE.finditer(listed))
    return "".join(f'<p><img src="{escape(address)}"></p>' for address in addresses)


def _head_line(text: str, meta: re.Match[str]) -> str:
    """A meta without the text it repeats: a title keeps its first line, anything else goes."""
    content = meta["content"]
    ends = _LINE_END.search(content)
    if ends is None and letters(unescape(content)) != text:
        return meta[0]
    if "title" not in meta[0][: meta.start("content") - meta.start()]:
        return ""
    line = content[: ends.start()] if ends is not None else content
    sentence = _SENTENCE.match(line)
    if sentence is not None and sentence.end() < len(line):
        line = sentence[0]
    elif len(line) > _LONGEST_TITLE or ends is None:
        # What is the whole text would be left out of it as its title.
        line = f"{line[: _LONGEST_TITLE - 1]}…"
    return meta[0].replace(content, line)
