"""What lies between and behind the parts of a bundle: read if it can be, else told, never passed over."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from collections.abc import Callable

import pytest
import zstandard
from tests.inputs.bundle_files import PACKERS, http, pages, tarred, warc_record, zipped

from newsdrop.archive.bundles.members import Bundle
from newsdrop.archive.bundles.streams import Source
from newsdrop.documents import Drop, Stamp
from newsdrop.errors import BundleError
from newsdrop.name_filter import NameFilter
from newsdrop.options import Limits

DROP = Drop(id="0" * 32, path="/in/all", stamp=Stamp(1, 7))
PAGES = pages(4)
NAMES = list(PAGES)
RECORDS = [warc_record("response", http(data), f"https://example.org/{name}") for name, data in PAGES.items()]
ADDRESSES = [f"20200131090000/https://example.org/{name}" for name in NAMES]
#: A frame without content (RFC 8878, 3.1.2).
SKIPPED = struct.pack("<2I", 0x184D2A53, 4) + b"seek"


def listed(data: bytes) -> tuple[list[str], str]:
    """The names of the good members, and what the error after them says."""
    names: list[str] = []
    bundle = Bundle(
        DROP, DROP.stamp, lambda: Source.of_bytes("/in/all", data, 30_000_000), Limits(), NameFilter()
    )
    try:
        for member in bundle.members():
            names.append(str(member.member))
    except BundleError as error:
        return names, error.message
    return names, ""


@pytest.mark.parametrize("ending", sorted(PACKERS))
def test_what_follows_packed_data_and_is_none_is_told(ending: str) -> None:
    pack = PACKERS[ending]
    damaged = pack(RECORDS[0]) + pack(RECORDS[1]) + b"?" + pack(RECORDS[2])[1:] + pack(RECORDS[3])
    names, error = listed(damaged)
    assert names == ADDRESSES[:2]
    assert "after the end of its" in error


@pytest.mark.parametrize("padding", [b"\n", b"\r\n", b"\0" * 200_000])
@pytest.mark.parametrize("ending", sorted(PACKERS))
def test_padding_between_packed_parts_ends_nothing(ending: str, padding: bytes) -> None:
    data = padding.join(map(PACKERS[ending], RECORDS)) + padding
    assert listed(data) == (ADDRESSES, "")


def test_frames_without_content_end_no_zstandard_file() -> None:
    frames = [zstandard.compress(record) for record in RECORDS]
    assert listed(SKIPPED.join(frames) + SKIPPED) == (ADDRESSES, "")
    assert listed(SKIPPED + zstandard.compress(tarred(PAGES))) == (NAMES, "")


def test_a_warc_record_without_a_length_does_not_swallow_those_behind_it() -> None:
    endless = b"\r\n".join(
        line for line in RECORDS[1].split(b"\r\n") if not line.startswith(b"Content-Length")
    )
    names, error = listed(RECORDS[0] + endless + RECORDS[2])
    assert names == ADDRESSES[:1]
    assert f"{ADDRESSES[1]}' has no length" in error


def halves() -> tuple[bytes, bytes]:
    return (
        zipped({name: PAGES[name] for name in NAMES[:2]}),
        zipped({name: PAGES[name] for name in NAMES[2:]}),
    )


@pytest.mark.parametrize("between", [b"", b"\0" * 1_000, b"\r\n"])
def test_the_members_of_joined_zip_files_are_all_there(between: bytes) -> None:
    assert listed(between.join(halves())) == (NAMES, "")


@pytest.mark.parametrize(
    "arranged",
    [
        lambda first, second: first + b"something else" + second,
        lambda first, second: first + second + b"something else",
        lambda first, second: first + second + zipped(pages(1, 9))[:-200],
    ],
)
def test_what_stands_beside_joined_zip_files_is_told(arranged: Callable[[bytes, bytes], bytes]) -> None:
    names, error = listed(arranged(*halves()))
    assert names == NAMES
    assert "something other than another ZIP file" in error


def test_a_zip_inside_a_zip_that_is_cut_off_is_not_taken_for_the_whole() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as bundle:
        for name in NAMES[:2]:
            bundle.writestr(name, PAGES[name])
        bundle.writestr("inner.zip", zipped({"page.md": PAGES[NAMES[2]]}))
        bundle.writestr("last.md", PAGES[NAMES[3]])
    cut = file.getvalue()[: file.getvalue().find(b"last.md") + 100]
    names, error = listed(cut)
    assert names == [*NAMES[:2], "inner.zip"]
    assert "is cut off" in error


def test_a_zip_whose_directory_claims_to_be_shorter_keeps_its_members() -> None:
    data = bytearray(zipped(PAGES))
    size_at = data.rfind(b"PK\x05\x06") + 12
    struct.pack_into("<L", data, size_at, struct.unpack_from("<L", data, size_at)[0] // 2)
    names, error = listed(bytes(data))
    assert names == NAMES
    assert "is cut off" in error


def test_a_packed_page_that_something_else_follows_is_refused() -> None:
    assert "after the end of its gzip data" in listed(gzip.compress(b"---\n") + b"rest")[1]


@pytest.mark.parametrize(
    "address", ["https://e.org/a/../b", "https://e.org/?back=/list/../home", "https://e.org/\\..\\c"]
)
def test_an_address_that_goes_up_leads_out_of_no_bundle(address: str) -> None:
    record = warc_record("response", http(PAGES[NAMES[0]]), address)
    assert listed(RECORDS[0] + record) == ([ADDRESSES[0], f"20200131090000/{address}"], "")
