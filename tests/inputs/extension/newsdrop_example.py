"""A dialect of one's own, and an enrichment: what docs/extending.md describes, really installed by a test.

TRANSCRIPT
Title: A day at the harbour
Address: https://radio.example.org/2024/harbour
Date: 2024-05-06T12:00:00+08:00
Speakers: Jane Roe, Bo Chen

<p>JANE ROE: Who is there?</p>
"""

from __future__ import annotations

from msgspec.structs import replace

from newsdrop.archive.header import Layout
from newsdrop.documents import Article, Header
from newsdrop.errors import UnknownDialectError
from newsdrop.moments import epoch_ms, read_moment
from newsdrop.names import clean_names
from newsdrop.options import Limits


class _Transcripts:
    name = "example/transcripts"
    expects = "a TRANSCRIPT line, and then Title, Address and Date"

    def sniff(self, text: str) -> bool:
        return text.startswith("TRANSCRIPT\n")

    def split(self, text: str, source: str, limits: Limits) -> Layout:
        head, _, body = text[: limits.header_chars].partition("\n\n")
        facts = dict(line.split(": ", 1) for line in head.split("\n")[1:] if ": " in line)
        if "Title" not in facts:
            raise UnknownDialectError(f"{source} is a transcript without a title; expected a Title line.")
        at = read_moment(facts.get("Date", ""))
        header = Header(
            title=facts["Title"],
            url=facts.get("Address"),
            published=at,
            archived_at_ms=epoch_ms(at) if at else None,
            author=clean_names([facts.get("Speakers", "")]),
        )
        return Layout(self.name, header, body + text[limits.header_chars :])


class _CountQuestions:
    name = "questions"

    def __call__(self, article: Article) -> Article:
        count = sum(article.text.count(mark) for mark in "?？")
        return replace(article, labels={**article.labels, "questions": [str(count)]})


TRANSCRIPTS = _Transcripts()
count_questions = _CountQuestions()
