"""Dialect `html`: a whole page as a browser or crawler saved it, with no header of ours.

    <!doctype html>  or  <html>, <head>, <body>, <title>, <meta>, after comments, an XML declaration, a
    proxy's scripts, links and styles, or what PHP warns of (left out: they would make the head a part of the
    body)
    <!doctype html>  or  <html>, after elements that a server's templates set before it (left out likewise)

What the page says of itself stands in its head, which is HTML and the parse room's business. Read here is
only what the program that saved it noted: where from, and when.

    <!-- saved from url=(0021)https://example.org/a -->            browsers ("web page, complete")
    <!-- Page saved with SingleFile url: … saved date: … -->       SingleFile
    <!-- Mirrored from example.org/a by HTTrack …, Sat, 04 … -->   HTTrack
    <!-- Saved from https://example.org/a at 2022-08-16T… using monolith v… -->   monolith
    <html data-scrapbook-source="https://…" data-scrapbook-create="20220816061303000">   WebScrapBook, in UTC
    <text id="https://example.org/a">   corpora of web pages (CleanEval and its kin), before the page
    HTTP/1.1 200 OK … Date: Sat, 04 …   curl and wget, if they keep the server's answer, before the page

A fragment (`<p>…`, `<article>…`) is refused: nothing would say what and whose it is.
"""

from __future__ import annotations

import re

from newsdrop.archive.header import Header, Layout, clean_url
from newsdrop.moments import epoch_ms, read_moment
from newsdrop.options import Limits

__all__ = ["DIALECT", "noted"]

_SNIFF_CHARS = 65_536
_ANSWER = re.compile(
    r"HTTP/[\d.]{1,3} \d{3}\b[^\n]{0,200}\n(?:[A-Za-z-]{1,60}:[^\n]{0,4000}\n){0,80}\s*(?=<)"
)
_ANSWERED = re.compile(r"^Date:\s*(?P<date>[^\r\n]{1,60})", re.IGNORECASE | re.MULTILINE)
# Atomic groups: a page of comments alone must not be tried in every way it can be cut into comments.
_BEGINNING = re.compile(
    r"""
    (?>\s*+(?:
        <\?xml[^>]*+> | <!--[\s\S]*?-->
      | <script\b[\s\S]*?</script\s*+> | <style\b[\s\S]*?</style\s*+> | <(?:link|base|text)\b[^<>]*+>
      | (?:<br\s*+/?>\s*+)?+<b>(?:Warning|Notice|Deprecated|Strict\ Standards|(?:Fatal\ |Parse\ )error)</b>:
        (?>[^<]++|</?b>)*+ <br\s*+/?>
    ))*+
    \s*+(?P<page><(?:!doctype\s*html|html|head|body|title|meta)\b)
    """,
    re.IGNORECASE | re.VERBOSE,
)
# Words outside an element may be a header of ours, with a page in its body.
_ELEMENT = r"(?:div|span|p|a|font|center|table|iframe|noscript)"
_AFTER_ELEMENTS = re.compile(
    rf"""
    (?>\s*+(?:
        <!--[\s\S]*?-->
      | <script\b[\s\S]*?</script\s*+> | <style\b[\s\S]*?</style\s*+>
      | <{_ELEMENT}\b (?:(?!<(?:!doctype|html)\b)[\s\S]){{0,2000}}? </{_ELEMENT}\s*+>
      | <(?:link|base|br|hr|img|input)\b[^<>]*+> | </[a-z]{{1,8}}\s*+>
    ))*+
    \s*+(?P<page><(?:!doctype\s*html|html)\b)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_FOREIGN = re.compile(r"<[a-z]", re.IGNORECASE)
_COMMENT = re.compile(r"<!--([\s\S]{0,2000}?)-->")
_SAVED_FROM = re.compile(r"\s*saved from url=\(\d{1,6}\)\s*(?P<url>\S+)", re.IGNORECASE)
_SINGLE_FILE = re.compile(
    r"\s*Page saved with SingleFile[\s\S]*?\burl:\s*(?P<url>\S+)(?:\s+saved date:\s*(?P<date>[^\n]+))?"
)
_HTTRACK = re.compile(r"\s*Mirrored from (?P<url>\S+) by HTTrack[^,]*,\s*(?P<date>[^\n]+)")
_MONOLITH = re.compile(r"\s*Saved from (?P<url>\S+) at (?P<date>\S+) using monolith")
_SCRAPBOOK = re.compile(
    r"<html\b[^>]{0,2000}?\sdata-scrapbook-source=\"(?P<url>[^\"]{1,2000})\"", re.IGNORECASE
)
_SCRAPBOOK_DATE = re.compile(r"<html\b[^>]{0,4000}?\sdata-scrapbook-create=\"(\d{14})", re.IGNORECASE)
_CORPUS = re.compile(r"<text\b[^<>]{0,2000}?\sid=[\"'](?P<url>https?://[^\"'<>]{1,2000})", re.IGNORECASE)
_SCRIPT_DATE = re.compile(
    r"[A-Z][a-z]{2} (?P<month>[A-Z][a-z]{2}) (?P<day>\d\d) (?P<year>\d{4}) (?P<clock>[\d:]{8}) "
    r"GMT(?P<zone>[+-]\d{4})"
)


class _SavedPage:
    name = "html"
    expects = "a whole HTML page (<!doctype html> or <html>)"

    def sniff(self, text: str) -> bool:
        return text.startswith(("<", "HTTP/")) and _begun(text, _answer_end(text)) is not None

    def split(self, text: str, source: str, limits: Limits) -> Layout:
        answer = _answer_end(text)
        beginning = _begun(text, answer)
        start = beginning.start("page") if beginning is not None else 0
        page = text[start:] if _FOREIGN.search(text, answer, start) else text[answer:]
        return Layout(self.name, noted(text), page, whole=True)


def _begun(text: str, start: int) -> re.Match[str] | None:
    return _BEGINNING.match(text, start, _SNIFF_CHARS) or _AFTER_ELEMENTS.match(text, start, _SNIFF_CHARS)


def _answer_end(text: str) -> int:
    """Where the page begins after what its server said of it."""
    answer = _ANSWER.match(text) if text.startswith("HTTP/") else None
    return answer.end() if answer is not None else 0


def noted(text: str) -> Header:
    """What the program that saved a page noted in it."""
    for comment in _COMMENT.finditer(text, 0, _SNIFF_CHARS):
        for kind in (_SAVED_FROM, _SINGLE_FILE, _HTTRACK, _MONOLITH):
            match = kind.match(comment[1])
            if match:
                return Header(
                    url=_address(match["url"]), archived_at_ms=_date_ms(match.groupdict().get("date"))
                )
    answered = _ANSWERED.search(text, 0, _answer_end(text))
    if answered is not None:
        return Header(archived_at_ms=_date_ms(answered["date"]))
    corpus = _CORPUS.match(text)
    return Header(url=_address(corpus["url"])) if corpus is not None else _scrapbook(text)


def _scrapbook(text: str) -> Header:
    """What stands in the attributes of the page's first element."""
    saved = _SCRAPBOOK.search(text, 0, _SNIFF_CHARS) if "data-scrapbook-" in text[:_SNIFF_CHARS] else None
    if saved is None:
        return Header()
    date = _SCRAPBOOK_DATE.search(text, 0, _SNIFF_CHARS)
    return Header(url=_address(saved["url"]), archived_at_ms=_date_ms(f"{date[1]}Z" if date else None))


def _address(text: str) -> str | None:
    url = clean_url(text)
    if url is None or "://" in url:
        # about:internet and file:// say nothing of where the page is from.
        return url if url and url.lower().startswith(("http://", "https://")) else None
    return None if ":" in url.partition("/")[0] else f"http://{url}"


def _date_ms(text: str | None) -> int | None:
    spelled = (text or "").strip()
    script = _SCRIPT_DATE.match(spelled)
    if script:
        spelled = "{day} {month} {year} {clock} {zone}".format_map(script.groupdict())
    return epoch_ms(read_moment(spelled))


DIALECT = _SavedPage()
