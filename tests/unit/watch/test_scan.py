"""Which files a folder has, on a real file system below tmp_path."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from newsdrop.documents import Stamp
from newsdrop.name_filter import NameFilter, Reason
from newsdrop.statefolder import make_state_folder
from newsdrop.watch import scan as scan_module
from newsdrop.watch.scan import is_new_file, look, scan, subfolders

NAMES = NameFilter()


class Troubles(list[tuple[str, str]]):
    def __call__(self, path: str, reason: str) -> None:
        self.append((path, reason))


def write(path: Path, text: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def names(folder: Path, troubles: Troubles | None = None) -> list[str]:
    root = os.path.realpath(folder)
    found = scan(folder, NAMES, on_trouble=troubles if troubles is not None else Troubles())
    return [os.path.relpath(one.path, root) for one in found]


def test_files_come_by_name_and_folders_after_the_files(tmp_path: Path) -> None:
    wanted = ["a.md", "b.md", "z.md", "c/a.md", "c/d/x.md", "e/a.md"]
    for name in random.Random(1).sample(wanted, len(wanted)):
        write(tmp_path / name)
    assert names(tmp_path) == wanted


def test_each_file_has_its_stamp_and_resolved_path(tmp_path: Path) -> None:
    real = write(tmp_path / "real/a.md", "four").parent
    os.utime(real / "a.md", ns=(0, 1_234_567_890_123_456_789))
    (tmp_path / "link").symlink_to(real)
    (found,) = scan(tmp_path / "link", NAMES)
    assert found.path == str(real / "a.md")
    assert found.stamp == Stamp(4, 123_456_789_012_345)


def test_temporary_and_hidden_files_and_folders_are_passed_over(tmp_path: Path) -> None:
    for name in (".a.md", "b.tmp", ".git/c.md", "d.md"):
        write(tmp_path / name)
    assert names(tmp_path) == ["d.md"]


def test_a_state_folder_is_passed_over_whoevers_it_is_and_whatever_the_patterns(tmp_path: Path) -> None:
    make_state_folder(tmp_path / "drops/installation")
    for name in ("installation/log/a.md", "a.md"):
        write(tmp_path / "drops" / name)
    passed: list[tuple[str, Reason, bool]] = []
    found = scan(
        tmp_path / "drops", NameFilter(["!*"]), on_passed=lambda *what: passed.append((what[0], *what[1:]))
    )
    assert [one.path for one in found] == [str(tmp_path / "drops/a.md")]
    assert passed == [(str(tmp_path / "drops/installation"), Reason.OWN, True)]
    assert [*subfolders(str(tmp_path / "drops"), NameFilter(["!*"]))] == [str(tmp_path / "drops")]


def test_what_the_settings_name_as_newsdrops_own_is_passed_over(tmp_path: Path) -> None:
    for name in ("letters.jsonl", "export/letters.md", "a.md"):
        write(tmp_path / name)
    own = {f"{tmp_path}/letters.jsonl", f"{tmp_path}/export"}
    assert [one.path for one in scan(tmp_path, NameFilter(own=own))] == [f"{tmp_path}/a.md"]
    assert NameFilter(own=own).below(f"{tmp_path}/export/letters.md", str(tmp_path)) is Reason.OWN


def test_a_name_that_is_no_utf8_is_a_name(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/\xb9\xe3\xd6\xdd.md"
    with open(raw, "wb") as file:
        file.write(b"x")
    (found,) = scan(tmp_path, NAMES)
    assert os.fsencode(found.path) == raw


def test_a_symlink_to_a_file_inside_stands_for_that_file(tmp_path: Path) -> None:
    write(tmp_path / ".store/a.md")
    (tmp_path / "a.md").symlink_to(".store/a.md")
    assert names(tmp_path) == [".store/a.md"]


def test_a_symlink_to_another_spelling_of_a_file_inside_stands_for_that_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "Store/a.md")
    (tmp_path / "Store/b.md").symlink_to("a.md")
    # As where names have no case: the system takes a link's own word for its target.
    real = os.path.realpath
    monkeypatch.setattr("os.path.realpath", lambda path, **_: real(path).replace("/Store/", "/store/"))
    monkeypatch.setattr(
        scan_module, "real_path", lambda path: os.path.realpath(path).replace("/store/", "/Store/")
    )
    found = look(str(tmp_path / "Store/b.md"), str(tmp_path / "Store"))
    assert found is not None
    assert found.path == str(tmp_path / "Store/a.md")


def test_a_symlink_that_leads_out_is_reported_and_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "secret.md")
    folder = tmp_path / "watched"
    folder.mkdir()
    (folder / "a.md").symlink_to(tmp_path / "secret.md")
    (folder / "all").symlink_to(tmp_path)
    troubles = Troubles()
    assert names(folder, troubles) == []
    assert sorted(Path(path).name for path, _ in troubles) == ["a.md", "all"]
    assert all("leads out" in reason for _, reason in troubles)


def test_a_symlink_into_another_watched_folder_is_that_folders_business(tmp_path: Path) -> None:
    inner, troubles = Path(os.path.realpath(tmp_path)) / "inner", Troubles()
    write(inner / "a.md")
    link = inner.parent / "link.md"
    link.symlink_to("inner/a.md")
    skip = frozenset({str(inner)})
    assert list(scan(tmp_path, NAMES, skip=skip, on_trouble=troubles)) == []
    assert look(str(link), str(inner.parent), troubles, skip=skip) is None
    assert troubles == []


def test_a_dangling_symlink_is_reported(tmp_path: Path) -> None:
    (tmp_path / "a.md").symlink_to("nowhere")
    (tmp_path / "round.md").symlink_to("round.md")
    troubles = Troubles()
    assert names(tmp_path, troubles) == []
    assert [Path(path).name for path, _ in troubles] == ["a.md", "round.md"]


@pytest.mark.parametrize("target", ["file.txt/x", "l" * 300, "link.md/x"])
def test_at_the_end_of_a_symlink_that_can_lead_nowhere_no_files_are_missed(
    target: str, tmp_path: Path
) -> None:
    write(tmp_path / "file.txt")
    (tmp_path / "link.md").symlink_to(target)
    troubles, failed = Troubles(), list[str]()
    found = scan(tmp_path, NAMES, on_trouble=troubles, on_error=lambda path, _error: failed.append(path))
    assert [Path(one.path).name for one in found] == ["file.txt"]
    assert ([Path(path).name for path, _ in troubles], failed) == (["link.md"], [])


def test_a_linked_folder_inside_is_walked_only_in_its_real_place(tmp_path: Path) -> None:
    write(tmp_path / "real/a.md")
    (tmp_path / "again").symlink_to("real")
    (tmp_path / "real/up").symlink_to("..")
    troubles = Troubles()
    assert names(tmp_path, troubles) == ["real/a.md"]
    # That the one leads up to the folder itself is no trouble either.
    assert troubles == []


def test_pipes_are_reported_and_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    troubles = Troubles()
    assert names(tmp_path, troubles) == []
    assert "isn't a regular file" in troubles[0][1]


def test_an_unreadable_folder_is_reported_and_the_rest_is_walked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "closed/a.md")
    write(tmp_path / "open/b.md")
    real = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", refuse)
    troubles = Troubles()
    assert names(tmp_path, troubles) == ["open/b.md"]
    ((path, reason),) = troubles
    assert path.endswith("closed")
    assert "Permission denied" in reason


def test_a_missing_folder_is_an_error_not_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(scan(tmp_path / "absent", NAMES))


def test_files_that_vanish_during_the_walk_are_passed_over(tmp_path: Path) -> None:
    for name in ("a.md", "b/c.md", "d/e.md"):
        write(tmp_path / name)
    walk = scan(tmp_path, NAMES)
    assert next(walk).path.endswith("a.md")
    (tmp_path / "b/c.md").unlink()
    (tmp_path / "b").rmdir()
    assert [Path(found.path).name for found in walk] == ["e.md"]


def test_other_watched_folders_inside_are_skipped(tmp_path: Path) -> None:
    write(tmp_path / "a.md")
    write(tmp_path / "inner/b.md")
    skip = frozenset({str(tmp_path / "inner")})
    assert [Path(found.path).name for found in scan(tmp_path, NAMES, skip=skip)] == ["a.md"]
    assert list(subfolders(str(tmp_path), NAMES, skip=skip)) == [str(tmp_path)]


def test_a_huge_folder_is_sorted_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_module, "_SORTED_ENTRIES", 10)
    for number in range(35):
        write(tmp_path / f"{number:02}.md")
    found = [Path(one.path).name for one in scan(tmp_path, NAMES)]
    assert sorted(found) == [f"{number:02}.md" for number in range(35)]
    assert all(found[at : at + 10] == sorted(found[at : at + 10]) for at in (0, 10, 20, 30))


def test_every_folder_is_announced_before_it_is_listed(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    told: list[str] = []

    def fill(path: str) -> None:
        told.append(os.path.relpath(path, tmp_path))
        write(Path(path) / "late.md")

    found = scan(tmp_path, NAMES, on_folder=fill)
    assert [os.path.relpath(one.path, tmp_path) for one in found] == ["late.md", "a/late.md"]
    assert told == [".", "a"]


def test_subfolders_are_all_folders_but_ignored_ones(tmp_path: Path) -> None:
    for name in ("a/b/x.md", ".git/hooks/y", "c/z.md"):
        write(tmp_path / name)
    (tmp_path / "link").symlink_to("a")
    folders = [os.path.relpath(path, tmp_path) for path in subfolders(str(tmp_path), NAMES)]
    assert folders[0] == "."
    assert sorted(folders) == [".", "a", "a/b", "c"]


def test_looking_at_one_file_agrees_with_the_scan(tmp_path: Path) -> None:
    write(tmp_path / "a.md")
    (tmp_path / "folder").mkdir()
    (found,) = scan(tmp_path, NAMES)
    root = os.path.realpath(tmp_path)
    assert look(found.path, root) == found
    assert look(f"{root}/folder", root) is None
    assert look(f"{root}/absent", root) is None
    assert look(f"{root}/a.md/below", root) is None


def test_what_is_passed_over_is_told_with_its_reason_and_a_folder_is_not_entered(tmp_path: Path) -> None:
    for name in ("a.md", "a.css", ".git/b.md", "Page.html", "Page_files/frame.html"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    told: dict[str, tuple[Reason, bool]] = {}
    found = scan(
        tmp_path, NAMES, on_passed=lambda path, why, folder: told.update({Path(path).name: (why, folder)})
    )
    assert [Path(one.path).name for one in found] == ["Page.html", "a.md"]
    assert told == {
        "a.css": (Reason.ASSET, False),
        ".git": (Reason.HIDDEN, True),
        "Page_files": (Reason.PAGE_FILES, True),
    }


def test_only_a_file_with_one_name_is_new(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("x")
    assert is_new_file(str(path))
    (tmp_path / "link.md").symlink_to("a.md")
    assert not is_new_file(str(tmp_path / "link.md"))
    os.link(path, tmp_path / "b.md")
    assert not is_new_file(str(tmp_path / "b.md"))
    assert not is_new_file(str(tmp_path / "absent.md"))


def test_what_cannot_be_listed_is_told_with_the_systems_error(tmp_path: Path) -> None:
    write(tmp_path / "a.md")
    (tmp_path / "dangling.md").symlink_to(tmp_path / "nowhere")
    failed: list[tuple[str, str | None]] = []
    troubles, parent = Troubles(), os.open(tmp_path, os.O_RDONLY)
    # A path of more bytes than the kernel takes, which no path can lead to.
    for _ in range(20):
        os.mkdir("d" * 250, dir_fd=parent)
        below = os.open("d" * 250, os.O_RDONLY, dir_fd=parent)
        os.close(parent)
        parent = below
    os.close(parent)
    found = scan(
        tmp_path,
        NAMES,
        on_trouble=troubles,
        on_error=lambda path, error: failed.append((path, error.strerror)),
    )
    assert [Path(one.path).name for one in found] == ["a.md"]
    assert [(len(path) > 4_000, why) for path, why in failed] == [(True, "File name too long")]
    assert [Path(path).name for path, _ in troubles] == ["dangling.md"]
