"""What the system says of one file, and of all that is where it is."""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from newsdrop.archive.opening import open_file, read_file, read_some, unreadable
from newsdrop.errors import GoneError, PermanentError, StorageError, TransientError


def fails(code: int) -> Callable[..., NoReturn]:
    def fail(path: Any, *_: Any, **__: Any) -> NoReturn:
        raise OSError(code, os.strerror(code), path)

    return fail


def error(code: int) -> OSError:
    return OSError(code, os.strerror(code))


@pytest.mark.parametrize("read", [lambda path: read_file(path, 100), open_file])
def test_a_process_without_descriptors_blames_no_file(tmp_path: Path, read: Callable[[str], object]) -> None:
    file = tmp_path / "a.md"
    file.write_text("text")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken = os.open(file, os.O_RDONLY)
    resource.setrlimit(resource.RLIMIT_NOFILE, (taken, hard))
    try:
        with pytest.raises(StorageError, match="Too many open files"):
            read(str(file))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        os.close(taken)


@pytest.mark.parametrize("code", [errno.ETIMEDOUT, errno.EHOSTDOWN, errno.ENOTCONN, errno.ENETUNREACH])
def test_a_server_that_is_away_is_no_fault_of_a_file(tmp_path: Path, code: int) -> None:
    assert isinstance(unreadable(str(tmp_path / "a.md"), error(code)), StorageError)


@pytest.mark.parametrize("code", [errno.EIO, errno.ESTALE])
def test_an_error_of_the_disk_is_the_files_own_unless_its_folder_fails_too(
    tmp_path: Path, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "a.md")
    assert type(unreadable(path, error(code))) is TransientError
    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", fails(code))
        assert isinstance(unreadable(path, error(code)), StorageError)
        # Without a right to read, a person must do something.
        assert type(unreadable(path, error(errno.EACCES))) is TransientError
    assert type(unreadable("/nowhere/a.md", error(code))) is TransientError


def test_a_bad_sector_is_met_while_a_file_is_read() -> None:
    # Its first page is never mapped: reading it is an I/O error.
    path = f"/proc/{os.getpid()}/mem"
    with pytest.raises(TransientError, match="Input/output error"):
        read_file(path, 100)
    file, _ = open_file(path)
    with file, pytest.raises(TransientError, match="Input/output error"):
        read_some(file, path, 100)


def test_other_errors_are_what_they_were(tmp_path: Path) -> None:
    path = str(tmp_path / "a.md")
    assert isinstance(unreadable(path, error(errno.ENOENT)), GoneError)
    assert isinstance(unreadable(path, error(errno.ENAMETOOLONG)), PermanentError)
