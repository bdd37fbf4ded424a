"""Every error newsdrop raises, split by what a worker must do about it.

    NewsdropError
    ├── PermanentError          this drop can't succeed as it is: dead letter at once
    │   ├── EmptyFileError
    │   ├── NotTextError        binary, or in no encoding we can tell
    │   ├── UnknownDialectError text, but in no layout we know
    │   ├── TooLargeError       over a limit (file, header, depth, message …)
    │   ├── BundleError         a bundle that is damaged, encrypted, hostile or nested too deep
    │   ├── NoArticleError      neither a title nor any text, or a whole page without text
    │   ├── InterstitialError   a notice in the place of an article: not found, a check for robots
    │   ├── ExtensionError      a dialect of another package failed on it
    │   ├── RejectedError       the index refuses this document
    │   ├── ForbiddenPathError  a path outside the configured folders
    │   └── InvalidMessageError a message that no producer of ours would write
    ├── TransientError          may pass: retry with backoff, an attempt is spent
    │   └── StorageError        the disk or share that holds the file fails as a whole: no attempt is spent
    ├── OutageError             a server doesn't answer: wait, no attempt is spent
    ├── ConfigError             a person must change a setting: wait and say which
    │   └── ForeignIndexError   the ledger belongs to another index: don't touch either
    └── GoneError               the file is no longer there

Third-party errors are translated into these at the edge of the room that calls the third party. Messages
are whole sentences for people: what happened, to what, and what to do. All survive pickling.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "BundleError",
    "ConfigError",
    "EmptyFileError",
    "ExtensionError",
    "ForbiddenPathError",
    "ForeignIndexError",
    "GoneError",
    "InterstitialError",
    "InvalidMessageError",
    "NewsdropError",
    "NoArticleError",
    "NotTextError",
    "OutageError",
    "PermanentError",
    "RejectedError",
    "StorageError",
    "TooLargeError",
    "TransientError",
    "UnknownDialectError",
    "cited",
    "did_you_mean",
    "kept_message",
    "kept_trace",
    "printable",
    "reason_below",
    "unforeseen",
]

#: Bounds of what is kept of an error, in the ledger, in letters and in the index.
_MESSAGE_CHARS = 2_000
_TRACE_CHARS = 20_000
#: What of a file, or of another library's words about it, stands in a message.
_CITED_CHARS = 200
#: How Python says that the system refused a thread; the error's class says nothing.
_NO_THREAD = "can't start new thread"


class NewsdropError(Exception):
    """Base of all; takes one message and nothing else, which is what makes it safe to pickle."""

    def __init__(self, message: str) -> None:
        super().__init__(message)

    @property
    def message(self) -> str:
        return str(self.args[0])


class PermanentError(NewsdropError):
    """Trying again without a change to the file can't help."""


class EmptyFileError(PermanentError):
    """The file holds nothing, or white space only."""


class NotTextError(PermanentError):
    """The bytes are no text in any encoding we accept."""


class UnknownDialectError(PermanentError):
    """The text is laid out in no dialect we know."""


class TooLargeError(PermanentError):
    """Something is over its limit; the message names the limit's setting."""


class BundleError(PermanentError):
    """A bundle can't be listed to its end, or holds what is refused; its good members are kept."""


class NoArticleError(PermanentError):
    """A known dialect, but neither a title nor any text in it; or a whole page that has no text."""


class InterstitialError(PermanentError):
    """A page that stands in for an article: not found, refused, a check for robots, a consent wall."""


class ExtensionError(PermanentError):
    """A dialect that another package brings failed in a way that dialects don't declare."""


class RejectedError(PermanentError):
    """The index refuses the document for good (mapping, parsing); carries the server's reason."""


class ForbiddenPathError(PermanentError):
    """A path that, symlinks resolved, is not below a configured folder."""


class InvalidMessageError(PermanentError):
    """A message on the inbox or the queue that breaks the schema."""


class TransientError(NewsdropError):
    """May pass by itself: permission denied, I/O error, one document refused for load."""


class StorageError(TransientError):
    """What holds the file fails, and not the file: its disk, its server, or this process's descriptors."""


class OutageError(NewsdropError):
    """A server can't be reached or refuses all work; nobody's attempt is spent."""


class ConfigError(NewsdropError):
    """A setting is wrong; the message names it."""


class ForeignIndexError(ConfigError):
    """The ledger belongs to another index than the one this process writes to; names both."""


class GoneError(NewsdropError):
    """The file vanished before it could be read; or there never was one, or no article of that name."""


def printable(text: str) -> str:
    """Text that is surely UTF-8: a path that isn't stands in messages as surrogates, which no JSON takes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def cited(words: object, most_chars: int = _CITED_CHARS) -> str:
    """The beginning of words that aren't ours, which may be the file itself."""
    text = str(words)
    return text if len(text) <= most_chars else f"{text[:most_chars]}…"


def did_you_mean(name: str, known: Iterable[str], shown: str = "{}", likeness: float = 0.7) -> str:
    """A sentence that names what was probably meant; nothing if no known name is like it.

    Args:
        shown: how the sentence writes a name.
        likeness: how alike two names must be, from 0 to 1 (difflib's ratio).
    """
    # Needed after mistakes alone, and it takes long to import.
    from difflib import get_close_matches

    likely = get_close_matches(name, known, n=1, cutoff=likeness)
    return f" Did you mean {shown.format(likely[0])}?" if likely else ""


def kept_message(text: str) -> str:
    """What is kept of an error's message: its beginning."""
    return printable(text)[:_MESSAGE_CHARS]


def kept_trace(text: str) -> str:
    """What is kept of a stack trace: its end."""
    return printable(text)[-_TRACE_CHARS:]


def reason_below(error: BaseException) -> str:
    """The system's reason below an error of a library that talks to a server; '' if there is none."""
    below: BaseException | None = error
    while below is not None:
        if isinstance(below, OSError) and below.strerror and below.errno is not None:
            return below.strerror
        if isinstance(below, ConnectionResetError):
            # Python's own, for which no call of the system failed.
            return "the connection was closed without an answer"
        below = below.__cause__ or below.__context__
    return ""


def unforeseen(error: Exception) -> str:
    """What a person is told of an error that isn't ours: what the system refused, or that it is a bug."""
    if isinstance(error, OSError) and error.strerror:
        where = f" ({error.filename})" if error.filename else ""
        return f"The system refused: {error.strerror}{where}."
    if isinstance(error, MemoryError):
        return "There isn't enough memory: raise its limit (ulimit -v, or the container's), or free some."
    if isinstance(error, RuntimeError) and _NO_THREAD in str(error):
        return (
            "The system refused another thread: raise the limit of processes and threads (ulimit -u, "
            "TasksMax of systemd, pids of a container), or that of memory."
        )
    return (
        f"This is a bug in newsdrop: {type(error).__name__}: {error}. "
        "Run the command again with NEWSDROP_LOG_LEVEL=debug to see where, and please report it."
    )
