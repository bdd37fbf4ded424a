"""An alias of `newsdrop.worker.app`, for unit files and scripts that name the old place."""

from __future__ import annotations

from newsdrop.worker.app import app

__all__ = ["app"]
