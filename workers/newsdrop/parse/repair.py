"""Repairs damage from archiving, where only one reading is possible.

    <imgsrc="…">              an archive joined the lines of a tag without a space
    ?a=1®ion=x, 1#038;b=2     an ampersand was read as the start of a character reference, or half of it lost
    <template shadowrootmode>  what a component showed was saved as a template, which no reader sees
    <noscript> with paragraphs  what a script would show: on some pages the article
    <noscript><iframe></noscript>  browsers that run scripts never read that; the frame would hold the rest

Never guesses: text, and anything with more than one possible reading, stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html.entities import html5

from selectolax.lexbor import LexborNode

from newsdrop.parse.selection import within

__all__ = ["holds_shadow", "mended_noscripts", "mended_url", "needs_mending", "shown_shadows", "unglued"]

_GLUED = re.compile(
    r"<(img|source|iframe|video|a|div|span|p|figure|figcaption|ul|li|blockquote|section|table|td)"
    r"(src|srcset|href|type|class|style|id|data-src|alt|title|width|rel)=(?=[\"'])"
)
_MARKUP = re.compile(r"<[^>]*+>|\s+")
_SENTENCE_LAST = re.compile(r"[.!?…。！？][\"'”’»」]?\s{0,9}</p", re.IGNORECASE)
#: Notices of what scripts are needed for are shorter.
_ARTICLE_CHARS = 800
_ARTICLE_PARAGRAPHS = 3
_TEMPLATE = re.compile(r"<(?P<close>/?)template\b(?P<rest>[^<>]*+)>", re.IGNORECASE)
#: Browsers write shadowrootmode, older programs the others.
_SHADOWS = frozenset(("shadowrootmode", "shadowroot", "shadowmode"))
_SHADOW = re.compile(rf"\b(?:{'|'.join(_SHADOWS)})\b", re.IGNORECASE)
#: What old references without a semicolon became → what was written: ® was &reg.
_EATEN = {
    char: f"&{name}"
    for name, char in html5.items()
    if not name.endswith(";") and "\xa0" < char <= "\xff" and name.islower() and not char.isalpha()
}
_IN_QUERY = re.compile(f"[{''.join(_EATEN)}](?=[\\w%.-]*=)")


def unglued(html: str) -> str:
    """The page with a space between each tag name and the attribute that was glued to it."""
    return _GLUED.sub(r"<\1 \2=", html)


def holds_shadow(templates: Iterable[LexborNode]) -> bool:
    """Whether one of the templates of a page holds the inside of a component."""
    return any(not _SHADOWS.isdisjoint(node.attributes) for node in templates)


def shown_shadows(html: str) -> str:
    """The page with the templates that hold the insides of components (shadow roots) as plain elements."""
    if "hadow" not in html:
        return html
    opened: list[bool] = []

    def shown(tag: re.Match[str]) -> str:
        if tag["close"]:
            return "</div>" if opened and opened.pop() else tag[0]
        opened.append(_SHADOW.search(tag[0]) is not None)
        return f"<div{tag['rest']}>" if opened[-1] else tag[0]

    return _TEMPLATE.sub(shown, html)


def needs_mending(noscripts: Iterable[LexborNode]) -> bool:
    """Whether `mended_noscripts` may change a page with these elements."""
    return any(
        len(node.text()) >= _ARTICLE_CHARS
        or any("</noscript" in frame.text().lower() for frame in within(node, "iframe"))
        for node in noscripts
    )


def mended_noscripts(html: str) -> str:
    """The page with each <noscript> that holds paragraphs of an article as a plain element.

    Frames that aren't closed in theirs are closed: they would hold the rest of the page.
    """
    pieces: list[str] = []
    done = 0
    for name in ("noscript", "NOSCRIPT"):
        # A pattern for both would look at every letter of the page.
        start = html.find(f"<{name}", done)
        while start >= 0:
            end = html.find(f"</{name}>", start)
            if end < 0:
                break
            end += len(name) + 3
            whole = html[start:end]
            mended = _with_frames_closed(_shown_if_long(whole))
            if mended != whole:
                pieces += [html[done:start], mended]
                done = end
            start = html.find(f"<{name}", end)
    return "".join([*pieces, html[done:]]) if pieces else html


def _with_frames_closed(noscript: str) -> str:
    lowered = noscript.lower()
    left = lowered.rfind("<iframe") > lowered.rfind("</iframe")
    end = noscript.rfind("</")
    return f"{noscript[:end]}</iframe>{noscript[end:]}" if left else noscript


def _shown_if_long(noscript: str) -> str:
    if len(noscript) < _ARTICLE_CHARS or len(_SENTENCE_LAST.findall(noscript)) < _ARTICLE_PARAGRAPHS:
        return noscript
    inner = noscript[noscript.find(">") + 1 : noscript.rfind("</")]
    return f"<div>{inner}</div>" if len(_MARKUP.sub("", inner)) >= _ARTICLE_CHARS else noscript


def mended_url(url: str) -> str:
    """The URL with the ampersands of its query restored."""
    url = url.replace("#038;", "&")
    head, mark, query = url.partition("?")
    return head + mark + _IN_QUERY.sub(lambda found: _EATEN[found[0]], query) if query else url
