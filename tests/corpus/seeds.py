"""Any number of BBC-like files of one exact size, made fast: the load of tests and benchmarks."""

from __future__ import annotations

from tests.corpus.layouts import comment_line, dialect_a
from tests.corpus.pages import bbc_page
from tests.corpus.sites import when_ms
from tests.corpus.text import chinese_story

__all__ = ["seed_like"]


def seed_like(number: int, *, seed: int = 1, html_bytes: int = 20_000) -> bytes:
    """A dialect A file whose one line of HTML has exactly `html_bytes` bytes.

    URL and title are unique for each number; the same number under another seed is another capture of the
    same URL, with another text.

    Raises:
        ValueError: `html_bytes` is under about 2,000, where not even the page's frame fits.
    """
    story = chinese_story(number, seed=seed, bytes_=html_bytes)
    captured_ms = when_ms(number)
    page = bbc_page(story, when_ms=captured_ms, html_bytes=html_bytes)
    url = f"https://www.bbc.com/zhongwen/simp/newsdrop-{60_000_000 + number}"
    return dialect_a(story.title, url, page, comment=comment_line(captured_ms)).encode()
