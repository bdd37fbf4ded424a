"""The dialects of the synthetic files: how a page and its header facts are laid out as text."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

__all__ = ["comment_line", "dialect_a", "dialect_b", "dialect_c", "hybrid"]


def comment_line(when_ms: int | None) -> str:
    """Dialect A's first line; None is what its writer made of a date it couldn't read."""
    return f"<!--{'NaN' if when_ms is None else when_ms}-->\n"


def dialect_a(title: str, url: str, page: str, *, comment: str = "") -> str:
    """A comment or none, `[title](url)`, six hyphens, an empty line, the page on one line."""
    return f"{comment}[{title}]({url})\n------\n\n{page}\n"


def dialect_b(title: str, url: str, page: str, *, when_ms: int) -> str:
    """`[title](url)`, six hyphens, a line with the date, an empty line, the page."""
    date = format_datetime(datetime.fromtimestamp(when_ms / 1000, UTC))
    return f"[{title}]({url})\n------\n日期：{date}\n\n{page}\n"


def dialect_c(title: str, url: str, page: str, *, when_ms: int, site: str) -> str:
    """Jekyll front matter, then the page over many lines."""
    return f"{_front_matter(title, url, when_ms, site)}\n{page}\n"


def hybrid(title: str, url: str, page: str, *, when_ms: int, site: str) -> str:
    """Front matter, then dialect A's header, then the page in a `<div>`."""
    inner = dialect_a(title, url, f"<div>\n{page}\n</div>", comment=comment_line(when_ms))
    return f"{_front_matter(title, url, when_ms, site)}{inner}"


def _front_matter(title: str, url: str, when_ms: int, site: str) -> str:
    date = datetime.fromtimestamp(when_ms / 1000, UTC).isoformat(timespec="milliseconds")
    lines = (
        "---",
        "layout: post",
        f'title: "{title}"',
        f"date: {date.replace('+00:00', 'Z')}",
        f"author: {site}",
        f"from: {url}",
        f"tags: [ {site} ]",
        f"categories: [ {site} ]",
        "---",
        "",
    )
    return "\n".join(lines)
