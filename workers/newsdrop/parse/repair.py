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
from html.entities import html5

__all__ = ["closed_frames", "mended_url", "shown_noscripts", "shown_shadows", "unglued"]

_GLUED = re.compile(
    r"<(img|source|iframe|video|a|div|span|p|figure|figcaption|ul|li|blockquote|section|table|td)"
    r"(src|srcset|href|type|class|style|id|data-src|alt|title|width|rel)=(?=[\"'])"
)
_NOSCRIPT = re.compile(
    r"(?P<start><noscript\b[^<>]*+>)(?P<inner>(?:[^<]++|<(?!/?noscript))*+)</noscript", re.IGNORECASE
)
_NOSCRIPT_WHOLE = re.compile(
    r"<noscript\b[^<>]*+>(?P<inner>(?:[^<]++|<(?!/?noscript))*+)</noscript\s*>", re.IGNORECASE
)
_MARKUP = re.compile(r"<[^>]*+>|\s+")
_SENTENCE_LAST = re.compile(r"[.!?…。！？][\"'”’»」]?\s{0,9}</p", re.IGNORECASE)
#: Notices of what scripts are needed for are shorter.
_ARTICLE_CHARS = 800
_ARTICLE_PARAGRAPHS = 3
_TEMPLATE = re.compile(r"<(?P<close>/?)template\b(?P<rest>[^<>]*+)>", re.IGNORECASE)
#: Browsers write shadowrootmode, older programs the others.
_SHADOW = re.compile(r"\bshadow(?:rootmode|root|mode)\b", re.IGNORECASE)
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


def closed_frames(html: str) -> str:
    """The page with the frames closed that their <noscript> ends in, and that would hold the rest of it."""
    # Hardly any page has more frames than ends of them.
    if all(html.count(f"<{tag}") <= html.count(f"</{tag}") for tag in ("iframe", "IFRAME")):
        return html
    return _NOSCRIPT.sub(_with_frames_closed, html)


def shown_noscripts(html: str) -> str:
    """The page with each <noscript> that holds paragraphs of an article as a plain element."""
    if "<p" not in html or "<noscript" not in html:
        return html
    return _NOSCRIPT_WHOLE.sub(_shown_if_long, html)


def _shown_if_long(noscript: re.Match[str]) -> str:
    inner = noscript["inner"]
    if len(inner) < _ARTICLE_CHARS or len(_SENTENCE_LAST.findall(inner)) < _ARTICLE_PARAGRAPHS:
        return noscript[0]
    words = len(_MARKUP.sub("", inner))
    return f"<div>{inner}</div>" if words >= _ARTICLE_CHARS else noscript[0]


def _with_frames_closed(noscript: re.Match[str]) -> str:
    inner = noscript["inner"].lower()
    left = inner.rfind("<iframe") > inner.rfind("</iframe")
    return f"{noscript['start']}{noscript['inner']}{'</iframe>' if left else ''}</noscript"


def mended_url(url: str) -> str:
    """The URL with the ampersands of its query restored."""
    url = url.replace("#038;", "&")
    head, mark, query = url.partition("?")
    return head + mark + _IN_QUERY.sub(lambda found: _EATEN[found[0]], query) if query else url
