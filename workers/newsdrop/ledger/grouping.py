"""The group key of a failure: one key for all failures of one kind, so that people see kinds, not files."""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b

from newsdrop.documents import Failure
from newsdrop.errors import kept_message, printable

__all__ = ["group_key", "group_of", "short_name"]

#: In this order: the path our messages begin with (it may contain blanks), quoted text, then URLs and
#: other paths, then hex and numbers.
_PARTICULARS = (
    (re.compile(r"\A/.*?(?=: )"), "<path>"),
    (re.compile(r"'[^'\n]*'|\"[^\"\n]*\"|«[^»\n]*»|“[^”\n]*”|`[^`\n]*`"), "'…'"),
    (re.compile(r"\b[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE), "<url>"),
    (re.compile(r"(?<![\w<])~?(?:/[^\s:,;'\"]+)+/?"), "<path>"),
    (re.compile(r"\b0x[0-9a-f]+\b|\b[0-9a-f]{8,}\b", re.IGNORECASE), "<hex>"),
    (re.compile(r"\d+(?:[.,]\d+)*"), "<n>"),
    (re.compile(r"\s+"), " "),
)
_NORMAL_CHARS = 300
#: A short name consists of the significant words of the message's first clause.
_CLAUSE_ENDS = re.compile(r"[;:.,(]")
_WORD = re.compile(r"[a-z]+(?:-[a-z0-9]+)*|[0-9]+[a-z][a-z0-9]*", re.IGNORECASE)
_PLAIN = re.compile(r"<[a-z]+>|'…'")
_FILLERS = frozenset(
    (
        *(
            "a",
            "an",
            "and",
            "any",
            "are",
            "at",
            "be",
            "but",
            "by",
            "can",
            "doesn",
            "don",
            "for",
            "from",
            "has",
        ),
        *("has", "have", "holds", "in", "into", "is", "it", "its", "neither", "nor", "of", "on", "or"),
        *("s", "t", "than", "that", "the", "there", "this", "to", "was", "which", "with"),
    )
)
_SHORT_WORDS = 3
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def normal_message(message: str) -> str:
    """The message without anything specific to one file."""
    for pattern, word in _PARTICULARS:
        message = pattern.sub(word, message)
    return message.strip()[:_NORMAL_CHARS]


@lru_cache(maxsize=1_024)
def group_key(stage: str, error_type: str, message: str) -> str:
    """`<stage>-<error type>-<8 hex>`: readable, and safe to type in a shell."""
    digest = blake2b(normal_message(message).encode("utf-8", "replace"), digest_size=4).hexdigest()
    return f"{stage}-{error_type}-{digest}"


def group_of(failure: Failure, source: str) -> str:
    """The group of a failure, from what is kept of it, so that its event and its letter agree.

    Args:
        source: the drop's own name, which says nothing about the kind and may contain blanks, so that no
            pattern finds its end.
    """
    message = kept_message(failure.message).replace(printable(source), "<path>")
    return group_key(failure.stage, failure.type, message)


@lru_cache(maxsize=1_024)
def short_name(error_type: str, message: str) -> str:
    """The short name of a group: `not-text/png-image`. Similar groups may share one."""
    kind = _HUMPS.sub("-", error_type.removesuffix("Error")).lower() or "error"
    text = _PLAIN.sub(" ", normal_message(message)).strip()
    clause = next((part for part in _CLAUSE_ENDS.split(text) if part.strip()), "")
    words = [word for word in _WORD.findall(clause.lower()) if word not in _FILLERS]
    return "/".join(filter(None, (kind, "-".join(words[:_SHORT_WORDS]))))
