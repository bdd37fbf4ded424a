"""newsdrop: archived news pages dropped in a folder, searchable at once, every file accounted for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from newsdrop.version import VERSION

if TYPE_CHECKING:
    from newsdrop.ledger.producer import enqueue, enqueue_many, look_up, state


#: As Python packages call it.
__version__ = VERSION

__all__ = ["__version__", "enqueue", "enqueue_many", "look_up", "state"]


def __getattr__(name: str) -> Any:
    # Lazily, so that `import newsdrop` in the pure rooms drags in no Redis client.
    if name in {"enqueue", "enqueue_many", "look_up", "state"}:
        return getattr(import_module("newsdrop.ledger.producer"), name)
    raise AttributeError(f"module 'newsdrop' has no attribute {name!r}")
