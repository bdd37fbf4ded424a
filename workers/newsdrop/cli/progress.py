"""The progress display of `newsdrop up`: a live table on a terminal, otherwise an occasional line."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from types import TracebackType

from rich.live import Live
from rich.table import Table
from rich.text import Text

from newsdrop.cli.terminal import clean, error_console
from newsdrop.documents import SETTLED, State
from newsdrop.monitor.status import Status

__all__ = ["Progress", "Rate"]

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


class Rate:
    """Files settled per second: recently, and over the whole time in which any were."""

    def __init__(self, window_s: float = 10.0) -> None:
        self._window_s = window_s
        self._looks: deque[tuple[float, int]] = deque()
        self._first: tuple[float, int] | None = None
        self._last: tuple[float, int] | None = None

    def look(self, now_s: float, settled: int) -> None:
        """Record that at `now_s` this many drops were settled."""
        self._looks.append((now_s, settled))
        while now_s - self._looks[0][0] > self._window_s:
            self._looks.popleft()
        if self._first is None or settled == self._first[1]:
            # Waiting for the first file doesn't count: the call just before it is the start.
            self._first = self._last = (now_s, settled)
        elif self._last is None or settled != self._last[1]:
            self._last = (now_s, settled)

    @property
    def lately(self) -> float:
        """Files per second within the window."""
        return _per_second(self._looks[0], self._looks[-1]) if self._looks else 0.0

    @property
    def overall(self) -> float:
        """Files per second from the first to the last that was settled."""
        return _per_second(self._first, self._last) if self._first and self._last else 0.0


def _per_second(start: tuple[float, int], end: tuple[float, int]) -> float:
    elapsed_s = end[0] - start[0]
    return max(0, end[1] - start[1]) / elapsed_s if elapsed_s > 0 else 0.0


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
        self.rate.look(now_s, sum(status.states[state] for state in SETTLED))
        if self._live is not None:
            self._live.update(self._table(status), refresh=True)
            return
        line = self._line(status)
        if line != self._said and now_s - self._said_s >= self._plain_every_s:
            self._said, self._said_s = line, now_s
            self.note(f"{line} ({self.rate.lately:.0f} files/s)")

    def _table(self, status: Status) -> Table:
        table = Table(show_header=False, box=None, pad_edge=False)
        table.add_row(*(Text(state.value, style="dim") for state in _SHOWN), Text("files/s", style="dim"))
        table.add_row(*(Text(str(status.states[state])) for state in _SHOWN), Text(f"{self.rate.lately:.0f}"))
        if status.queue.gate:
            table.caption = Text(f"Work is paused: {clean(status.queue.gate)}", style="yellow")
        return table

    def _line(self, status: Status) -> str:
        counts = ", ".join(f"{status.states[state]} {state}" for state in _SHOWN if status.states[state])
        gate = f"; work is paused: {status.queue.gate}" if status.queue.gate else ""
        return (counts or "nothing yet") + gate
