"""Files are fetched from a real file system, and each way it can fail says what the worker must do."""

from __future__ import annotations

import errno
import os
import socket
from hashlib import sha256
from pathlib import Path

import pytest
from tests.inputs.bundle_files import zipped

from newsdrop.archive.reader import Raw, Reader
from newsdrop.documents import Drop, Stamp
from newsdrop.errors import (
    ForbiddenPathError,
    GoneError,
    NewsdropError,
    PermanentError,
    TooLargeError,
    TransientError,
)
from newsdrop.options import Limits

LIMITS = Limits(file_bytes=1_000)


def drop(path: Path | str) -> Drop:
    return Drop(id="x", stamp=Stamp(0, 0), path=str(path))


def fetched(one: Drop) -> Raw:
    found = Reader(LIMITS).fetch(one)
    assert isinstance(found, Raw)
    return found


def test_a_file_is_read_whole_with_its_hash_and_stamp(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(b"x" * 1_000)
    os.utime(path, ns=(0, 1_660_630_383_123_456_789))
    raw = fetched(drop(path))
    assert raw.data == b"x" * 1_000
    assert raw.sha256 == sha256(raw.data).hexdigest()
    assert raw.stamp == Stamp.from_ns(1_000, 1_660_630_383_123_456_789)


def test_a_name_that_is_no_utf_8_is_read(tmp_path: Path) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.md")
    Path(path).write_bytes(b"x")
    assert fetched(drop(path)).data == b"x"


def test_a_link_put_in_the_place_of_a_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_bytes(b"x")
    (tmp_path / "link.md").symlink_to("secret.md")
    with pytest.raises(ForbiddenPathError, match="symbolic link"):
        Reader(LIMITS).fetch(drop(tmp_path / "link.md"))


def test_a_link_put_in_the_place_of_a_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.md").write_bytes(b"secret")
    (tmp_path / "elsewhere" / "a.zip").write_bytes(zipped({"a.md": b"secret"}))
    (tmp_path / "folder").symlink_to("elsewhere")
    for name in ("a.md", "a.zip"):
        with pytest.raises(ForbiddenPathError, match="symbolic link") as caught:
            Reader(LIMITS).fetch(drop(tmp_path / "folder" / name))
        assert "secret" not in caught.value.message
    with pytest.raises(ForbiddenPathError):
        Reader(LIMITS).bundle_at(drop(tmp_path / "folder" / "a.zip"))


def test_one_byte_over_the_limit_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(b"x" * 1_001)
    with pytest.raises(TooLargeError, match=r"limits\.file_bytes"):
        Reader(LIMITS).fetch(drop(path))


def test_a_file_that_grows_while_it_is_read_is_cut_off_at_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(b"x")
    asked: list[int] = []

    def endless(_descriptor: int, size: int) -> bytes:
        asked.append(size)
        return b"x" * min(size, 300)

    monkeypatch.setattr(os, "read", endless)
    with pytest.raises(TooLargeError):
        Reader(LIMITS).fetch(drop(path))
    assert sum(min(size, 300) for size in asked) == 1_001


def test_a_sparse_giant_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(TooLargeError):
        Reader().fetch(drop(path))


@pytest.mark.parametrize("name", ["missing.md", "dangling.md", "file.md/below.md"])
def test_what_is_not_there_is_gone(tmp_path: Path, name: str) -> None:
    (tmp_path / "file.md").write_bytes(b"x")
    (tmp_path / "dangling.md").symlink_to("nowhere")
    with pytest.raises(GoneError):
        Reader().fetch(drop(tmp_path / name))


def test_a_pipe_a_socket_a_folder_and_a_device_are_refused_without_hanging(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        folder = os.open(tmp_path, os.O_RDONLY)
        listener.bind(f"/proc/self/fd/{folder}/socket")
        os.close(folder)
        for path, kind in [
            (tmp_path / "pipe", "a named pipe"),
            (tmp_path / "socket", "a socket"),
            (tmp_path, "a directory"),
            (Path("/dev/zero"), "a character device"),
        ]:
            with pytest.raises(PermanentError, match=kind):
                Reader().fetch(drop(path))


@pytest.mark.parametrize("name", ["loop", "x" * 300, "nul\x00.md"])
def test_an_unusable_path_is_permanent(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(PermanentError):
        Reader().fetch(drop(str(tmp_path) + "/" + name))


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.EACCES, TransientError), (errno.EPERM, TransientError), (errno.EIO, TransientError),
        (errno.EMFILE, TransientError), (errno.ESTALE, TransientError), (errno.ENOENT, GoneError),
        (errno.ENXIO, PermanentError),
    ],
)  # fmt: skip
def test_what_the_system_says_decides_the_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[NewsdropError]
) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(b"x")

    def fail(_path: str, _flags: int) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "open", fail)
    with pytest.raises(kind, match=r"a\.md"):
        Reader().fetch(drop(path))


def test_inline_content_needs_no_file_and_has_no_time() -> None:
    raw = fetched(Drop(id="x", stamp=Stamp(3, 0), content=b"abc"))
    assert (raw.data, raw.stamp) == (b"abc", Stamp(3, 0))
    with pytest.raises(TooLargeError):
        Reader(LIMITS).fetch(Drop(id="x", stamp=Stamp(0, 0), content=b"x" * 1_001))


def test_a_drop_without_anything_is_refused() -> None:
    with pytest.raises(PermanentError, match="nothing to read"):
        Reader().fetch(Drop(id="x", stamp=Stamp(0, 0)))
