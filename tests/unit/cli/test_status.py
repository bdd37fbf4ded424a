"""`status --watch` ends at Ctrl-C even where Python loses the exception."""

from __future__ import annotations

import signal
from typing import Any, cast

import pytest

from newsdrop.cli.status import look_again_and_again


class Services:
    """Of which the second look is interrupted where nobody can tell, as in a destructor."""

    looks = 0

    def status(self) -> int:
        self.looks += 1
        if self.looks == 2:
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
        return self.looks


def test_an_interruption_that_python_lost_ends_it_at_the_next_look() -> None:
    before = signal.getsignal(signal.SIGINT)
    seen: list[object] = []
    services = Services()
    with pytest.raises(KeyboardInterrupt):
        seen.extend(look_again_and_again(cast(Any, services), cast(Any, 0), 0.01))
    assert services.looks == 2
    assert signal.getsignal(signal.SIGINT) is before
