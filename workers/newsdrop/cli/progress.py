"""The progress display of `newsdrop up`: a live table on a terminal, otherwise an occasional line."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType

from rich.live import Live
from rich.table import Table
from rich.text import Text

from newsdrop.cli.terminal import clean, error_console
from newsdrop.documents import State
from newsdrop.monitor.rates import FILES_PER_S, Rate, rate_words, settled
from newsdrop.monitor.status import Status

__all__ = ["Progress"]

_SHOWN = (
    State.QUEUED,
    State.RETRYING,
    State.INDEXED,
    State.SUPERSEDED,
    State.GONE,
    State.REMOVED,
    State.EXPANDED,
    State.FORGOTTEN,
    State.DEAD,
)
#: Shown even where there is nothing in them, so that the table doesn't jump about.
_ALWAYS = (State.QUEUED, State.INDEXED, State.DEAD)


class Progress:
    """Shows statuses on stderr; a context manager, because a live display must restore the terminal."""

    def __init__(self, *, plain_every_s: float = 5.0, clock_s: Callable[[], float] = time.monotonic) -> None:
        self.rate = Rate()
        self._console = error_console()
        self._live = Live(console=self._console, auto_refresh=False) if self._console.is_terminal else None
        self._plain_every_s = plain_every_s
        self._clock_s = clock_s
        self._said_s = float("-inf")
        self._said = ""

    def __enter__(self) -> Progress:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def note(self, message: str) -> None:
        """Print one line that stays, above the live table."""
        self._console.print(Text(clean(message)))

    def show(self, status: Status) -> None:
        """Show the current status."""
        now_s = self._clock_s()
        self.rate.look(now_s, settled(status.states))
        if self._live is not None:
            self._live.update(self._table(status), refresh=True)
            return
        line = self._line(status)
        if line != self._said and now_s - self._said_s >= self._plain_every_s:
            self._said, self._said_s = line, now_s
            self.note(f"{line} ({rate_words(self.rate.lately)})")

    def _table(self, status: Status) -> Table:
        table = Table(show_header=False, box=None, pad_edge=False)
        shown = [state for state in _SHOWN if state in _ALWAYS or status.states[state]]
        table.add_row(*(Text(state.value, style="dim") for state in shown), Text(FILES_PER_S, style="dim"))
        speed = f"{self.rate.lately:,.1f}"
        table.add_row(*(Text(f"{status.states[state]:,}") for state in shown), Text(speed))
        if status.queue.gate:
            table.caption = Text(f"Work is paused: {clean(status.queue.gate)}", style="yellow")
        return table

    def _line(self, status: Status) -> str:
        counts = ", ".join(f"{status.states[state]} {state}" for state in _SHOWN if status.states[state])
        gate = f"; work is paused: {status.queue.gate}" if status.queue.gate else ""
        return (counts or "nothing yet") + gate
