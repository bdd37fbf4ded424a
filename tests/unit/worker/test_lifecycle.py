from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from celery import signals
from celery.utils.dispatch import Signal

from newsdrop.settings import Settings
from newsdrop.worker import lifecycle
from newsdrop.worker.lifecycle import Lifecycle
from newsdrop.worker.shutdown import Stopper


class _Worker:
    """What sends the signals; as much of it as is asked for."""

    pool_cls = "solo"


@pytest.fixture
def signals_of_a_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Signal]:
    """Celery's signals by name, to which a worker's life is connected, and nobody else."""
    own = {name: Signal() for name in vars(signals) if isinstance(getattr(signals, name), Signal)}
    monkeypatch.setattr(lifecycle, "signals", SimpleNamespace(**own))
    monkeypatch.setattr(Stopper, "install", lambda _self: None)
    Lifecycle(Settings(state_dir=tmp_path)).connect_signals()
    return own


@pytest.mark.parametrize(
    ("signal", "step"), [("worker_init", "load_rules"), ("worker_ready", "Stopper.see_to_the_end")]
)
def test_a_worker_that_the_system_lets_start_no_thread_ends(
    signals_of_a_worker: dict[str, Signal],
    signal: str,
    step: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuse(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(f"{lifecycle.__name__}.{step}", refuse)
    with pytest.raises(SystemExit) as ended:
        signals_of_a_worker[signal].send(sender=_Worker())
    assert ended.value.code == 1
    assert "The worker can't start. The system refused another thread" in caplog.text
