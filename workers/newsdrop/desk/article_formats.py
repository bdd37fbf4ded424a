"""An article of the index as a page of its own: Markdown for notes, HTML for a browser. Pure.

An article's text can't become markup: everything is escaped, and only pictures with http addresses are
shown. The HTML runs nothing and requests only its pictures.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Any

from newsdrop.documents import Document, decode_path
from newsdrop.times import shown_time

__all__ = ["as_html", "as_markdown", "facts_of", "paragraphs", "readable_url"]

_SPECIAL = re.compile(r"([\\`*_\[\]<>~|&])")
#: Escapes of foreign letters in a URL.
_ESCAPED = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f])+")
_LINE_START = re.compile(r"^(?:(#{1,6}|[-+=])|(\d+)([.)]))(?=\s|$)")
_SHOWN = re.compile(r"https?://[^\s<>\"]+$", re.IGNORECASE)
_POLICY = "default-src 'none'; img-src http: https:; style-src 'unsafe-inline'"
_STYLE = "body{max-width:42em;margin:2em auto;padding:0 1em;font:1.1em/1.6 serif}img{max-width:100%}"


def paragraphs(source: dict[str, Any]) -> list[str]:
    """The paragraphs of the text."""
    return [line for line in source.get("text", "").split("\n") if line.strip()]


def facts_of(document: Document) -> list[str]:
    """The lines below the title: authors and dates, source, and where the file is."""
    source = document.source
    url, file = source.get("url", {}), source.get("file", {})
    by = ", ".join(source.get("author", []))
    when = source.get("published_at")
    dates = [
        shown_time(when, source.get("published_precision")) if when else "",
        f"updated {shown_time(source['updated_at'])}" if source.get("updated_at") else "",
        f"archived {shown_time(source['archived_at'])}" if source.get("archived_at") else "",
    ]
    site = [
        source.get("source", {}).get("name") or url.get("domain"),
        source.get("section"),
        source.get("language"),
    ]
    member = source.get("archive", {}).get("member")
    path = file.get("path") or file.get("name") or ""
    lines = [
        f"By {by}" if by else "",
        ", ".join(date for date in dates if date),
        " · ".join(part for part in site if part),
        readable_url(url.get("full", "")),
        f"{decode_path(path)}!{decode_path(member)}" if member else decode_path(path),
        document.id,
    ]
    return [line for line in lines if line]


def readable_url(url: str) -> str:
    """A URL with the escapes of foreign letters undone; escapes that mean something stay."""
    return _ESCAPED.sub(lambda match: _decoded(match[0]), url)


def as_markdown(source: dict[str, Any], facts: list[str]) -> str:
    """The article in CommonMark; `facts` are the lines below the title."""
    parts = [f"# {_plain(source.get('title', ''))}"]
    parts += ["  \n".join(_plain(fact) for fact in facts)]
    if source.get("summary"):
        parts.append(f"**{_plain(source['summary'])}**")
    parts += [_plain(line) for line in paragraphs(source)]
    for image in source.get("images", []):
        about = _plain(_about(image))
        parts.append(f"![{about}](<{image['url']}>)" if _SHOWN.match(image.get("url", "")) else about)
    parts += [_plain(caption) for caption in source.get("captions", [])]
    return "\n\n".join(part for part in parts if part)


def as_html(source: dict[str, Any], facts: list[str]) -> str:
    """The article as an HTML page; `facts` are the lines below the title."""
    title = escape(source.get("title", ""))
    language = escape(source.get("language", ""))
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"><style>{_STYLE}</style></head>',
            f"<body><article><h1>{title}</h1>",
            f"<p>{'<br>'.join(_linked(fact) for fact in facts)}</p>",
            *([f"<p><strong>{escape(source['summary'])}</strong></p>"] if source.get("summary") else []),
            *(f"<p>{escape(line)}</p>" for line in paragraphs(source)),
            *_figures(source),
            "</article></body></html>",
        ]
    )


def _figures(source: dict[str, Any]) -> Iterator[str]:
    for image in source.get("images", []):
        url, about = image.get("url", ""), escape(_about(image))
        shown = f'<img src="{escape(url)}" alt="{escape(image.get("alt", ""))}">' if _SHOWN.match(url) else ""
        yield f"<figure>{shown}<figcaption>{about}</figcaption></figure>"
    for caption in source.get("captions", []):
        yield f"<figure><figcaption>{escape(caption)}</figcaption></figure>"


def _about(image: dict[str, Any]) -> str:
    caption = image.get("caption") or image.get("alt") or ""
    return f"{caption} ({image['credit']})".strip() if image.get("credit") else caption


def _linked(fact: str) -> str:
    text = escape(fact)
    return f'<a href="{text}" rel="noreferrer">{text}</a>' if _SHOWN.match(fact) else text


def _plain(text: str) -> str:
    """A text escaped so that Markdown leaves it as it is."""
    marked = _SPECIAL.sub(r"\\\1", text)
    return _LINE_START.sub(lambda match: f"\\{match[1]}" if match[1] else f"{match[2]}\\{match[3]}", marked)


def _decoded(escaped: str) -> str:
    try:
        return bytes.fromhex(escaped.replace("%", "")).decode("utf-8")
    except UnicodeDecodeError:
        return escaped
