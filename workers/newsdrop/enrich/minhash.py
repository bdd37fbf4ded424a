"""Near-copies by MinHash: the share of five-character sequences that two texts have in common.

Each of 64 rows samples the set of pieces; the share of equal rows estimates the Jaccard similarity of the
sets (standard error √(J(1−J)/64), 0.06 at worst). Four rows make a band and one term of the index: of 16
bands, two texts with J = 0.7 share one in 99 % of cases, with J = 0.3 in 12 %. A band key is the band's
number and its rows' lower 16 bits in hex, so that the rows can be read back (`Fingerprint.likeness`).

The keys are stored, so they must never change by accident. Pieces become numbers here, without any library's
hash of strings; rensa (pinned, its algorithm version checked) does the sampling.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

from rensa import RMinHash

__all__ = ["band_keys"]

#: A text of fewer pieces than this is too short to compare.
_MIN_PIECES: Final = 20
_PIECE_CHARS: Final = 5
_ROWS: Final = 64
_BANDS: Final = 16
_BAND_CHARS: Final = _ROWS // _BANDS * 4
_BAND_PLACES: Final = [(f"{band:x}", band * _BAND_CHARS) for band in range(_BANDS)]
_PACKED: Final = Struct(f">{_ROWS}I")
_SEED: Final = 1
_ALGORITHM: Final = 2


def band_keys(said: str) -> list[str]:
    """The 16 band keys of a text that is reduced already (fingerprint.skeleton); none for a short one.

    Raises:
        RuntimeError: this version of rensa computes other keys than those in existing indexes.
    """
    if len(said) < _MIN_PIECES + _PIECE_CHARS - 1:
        return []
    if RMinHash.ALGORITHM_VERSION != _ALGORITHM:
        raise RuntimeError(f"rensa's MinHash is version {RMinHash.ALGORITHM_VERSION}, ours is {_ALGORITHM}.")
    pieces = _pieces(said)
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(pieces, [0, len(pieces)], _ROWS, _SEED)
    whole = _PACKED.pack(*matrix.to_rows()[0])
    lower = bytearray(2 * _ROWS)
    lower[::2], lower[1::2] = whole[2::4], whole[3::4]
    rows = lower.hex()
    return [name + rows[at : at + _BAND_CHARS] for name, at in _BAND_PLACES]


def _pieces(text: str) -> memoryview:
    """Every piece of five UTF-16 units as one 64-bit number, in no order, made without a Python loop.

    A window of four units that have their neighbours mixed in depends on five. As one long integer the text
    is mixed at once; shifting by 13 and not by 16 bits keeps any two pieces of an alphabet apart, and Han
    pieces but for the upper three bits of their last character.
    """
    units = text.encode("utf-16-le", "surrogatepass")
    number = int.from_bytes(units, "little")
    mixed = (number ^ (number >> 13)).to_bytes(len(units), "little")
    # The last unit has no neighbour to mix with.
    whole = len(units) // 2 - 1
    windows = (mixed[2 * at : 2 * at + (whole - at) // 4 * 8] for at in range(4))
    return memoryview(b"".join(windows)).cast("Q")
