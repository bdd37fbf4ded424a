"""What the archive room refuses to read; the defaults equal those of `[limits]` in newsdrop.toml."""

from __future__ import annotations

import msgspec

__all__ = ["ReadLimits"]


class ReadLimits(msgspec.Struct, frozen=True):
    """`file_bytes`: of one file. `header_chars`: of everything before the body.

    Of bundles: `bundle_members`, how many in one; `bundle_bytes`, all of it unpacked; `member_bytes`, one
    member unpacked; `bundle_ratio`, how many times its packed size something may unpack to;
    `bundle_depth`, a bundle in a bundle counts 2.
    """

    file_bytes: int = 20_000_000
    header_chars: int = 65_536
    bundle_members: int = 100_000
    bundle_bytes: int = 2_000_000_000
    member_bytes: int = 20_000_000
    bundle_ratio: int = 200
    bundle_depth: int = 2
