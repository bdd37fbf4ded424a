"""A bundle is told by its content, whatever its name says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.corpus import seed_like
from tests.inputs.bundle_files import PACKERS, every_kind, pages, tarred, warc, zipped

from newsdrop.archive.bundles.kinds import Kind, kind_of


def test_each_kind_is_known_by_its_head() -> None:
    found = {name: kind_of(data[:512]) for name, data in every_kind(pages(1)).items()}
    assert found == {
        "all.zip": Kind.ZIP,
        "all.tar": Kind.TAR,
        "all.tar.gz": Kind.GZIP,
        "all.tar.bz2": Kind.BZIP2,
        "all.tar.xz": Kind.XZ,
        "all.tar.zst": Kind.ZSTD,
    }
    assert kind_of(warc(pages(1))[:512]) is Kind.WARC
    assert kind_of(zipped({})[:512]) is Kind.ZIP


def test_a_tar_from_before_posix_is_known_by_its_checksum() -> None:
    head = bytearray(tarred(pages(1))[:512])
    head[257:265] = bytes(8)
    head[148:156] = b"        "
    head[148:156] = b"%06o\0 " % sum(head)
    assert kind_of(bytes(head)) is Kind.TAR


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK",
        b"BZhello, world",
        b"PK\x03 is how it begins",
        b"WARCraft",
        b"\x1f\x8b",
        bytes(512),
        b"\xff" * 512,
    ],
)
def test_what_only_looks_like_a_bundle_is_none(data: bytes) -> None:
    assert kind_of(data) is None


def test_pages_are_no_bundles() -> None:
    assert kind_of(seed_like(1, html_bytes=4_000)[:512]) is None


@given(st.binary(max_size=600))
def test_any_bytes_have_a_kind_or_none(data: bytes) -> None:
    kind_of(data[:512])
    for pack in PACKERS.values():
        assert kind_of(pack(data)[:512]) is not None
