"""This version's number: apart from the package itself, so that no room imports what imports all rooms."""

from __future__ import annotations

from typing import Final

__all__ = ["VERSION"]

VERSION: Final = "0.1.0"
