"""Names that are no drops, and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsdrop.name_filter import DEFAULT_PATTERNS, PAGE_FILES_MARK, NameFilter, Reason, page_key

DEFAULT = NameFilter()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (".hidden", "hidden"),
        ("a.md.tmp", "temporary"),
        ("A.TMP", "temporary"),
        ("a.md~", "temporary"),
        ("~$word.md", "temporary"),
        ("#a.md#", "temporary"),
        ("@tmp", "temporary"),
        ("a.part", "download"),
        ("x.crdownload", "download"),
        ("film.md.!qB", "download"),
        ("a.html.aria2", "download"),
        ("a.html.baiduyun.p.downloading", "download"),
        ("a.html.fdmdownload", "download"),
        ("a.html.orig", "temporary"),
        ("News.url", "system"),
        ("Icon\r", "system"),
        ("FOUND.000", "system"),
        ("style.css?ver=5.2", "asset"),
        ("app.js@v=2", "asset"),
        ("a.jpg?w=300", "asset"),
        ("thumbs.db", "system"),
        ("@eaDir", "system"),
        ("#recycle", "system"),
        ("$RECYCLE.BIN", "system"),
        ("System Volume Information", "system"),
        ("lost+found", "system"),
        ("style.css", "asset"),
        ("crawl.cdxj", "asset"),
        ("datapackage.json", "asset"),
        ("font.WOFF2", "asset"),
        ("a.png", "asset"),
        ("README.md", "repository"),
        ("LICENSE", "repository"),
        ("sitemap_1.xml", "repository"),
        ("feed.xml", "repository"),
        ("site.webmanifest", "repository"),
        ("node_modules", "system"),
        ("a.md.BaiduPCS-Go-downloading", "download"),
        ("a.md.uploading", "temporary"),
    ],
)
def test_what_is_no_article_is_passed_over_for_a_reason(name: str, reason: str) -> None:
    assert DEFAULT.file(name) == reason
    assert DEFAULT.below(f"/w/sub/{name}", "/w") == reason
    assert DEFAULT.member(f"sub/{name}") == reason


@pytest.mark.parametrize(
    "name",
    [
        "a.md", "tmp", "part.html", "a.tmp.md", "广州.md", "\udcb9\udce3.md", "a\nb.md", "a#",
        "readme-2020.md", "a.jpg?page=1.html", "x.png@y", "a.php?f=x.css&b=1", "me@a.b.md", "news.html?id=5",
    ],
)  # fmt: skip
def test_ordinary_names_are_taken(name: str) -> None:
    assert DEFAULT.file(name) is None
    assert DEFAULT.member(name) is None


@pytest.mark.parametrize("folder", [".git", "__MACOSX", "@eaDir", "lost+found", "a.tmp"])
def test_a_folder_passed_over_hides_what_is_in_it(folder: str) -> None:
    assert DEFAULT.folder(folder) is not None
    assert DEFAULT.below(f"/w/{folder}/a.md", "/w") is DEFAULT.folder(folder)
    assert DEFAULT.member(f"{folder}/a.md") is DEFAULT.folder(folder)


@pytest.mark.parametrize("folder", ["next.js", "README", "a.png"])
def test_a_folder_may_be_called_like_an_asset(folder: str) -> None:
    assert DEFAULT.folder(folder) is None
    assert DEFAULT.below(f"/w/{folder}/a.md", "/w") is None


def test_components_above_the_watched_folder_do_not_count() -> None:
    assert DEFAULT.below("/home/.cache/x.tmp/a.md", "/home/.cache/x.tmp") is None
    assert DEFAULT.below("/a.md", "/") is None


def test_own_patterns_add_to_the_defaults_and_the_last_that_fits_decides() -> None:
    names = NameFilter(["*.log", "!README*", "!*.css", "reset.css"])
    assert names.file("a.log") is Reason.IGNORED
    assert names.file("README.md") is None
    assert names.file("style.css") is None
    assert names.file("reset.css") is Reason.IGNORED
    assert names.file(".hidden") is Reason.HIDDEN
    assert NameFilter(["!*"]).file(".hidden") is None


def test_a_folder_may_include_some_files_only_and_none_of_the_others() -> None:
    names = NameFilter(include=["*.md", "*.zip"])
    assert names.file("a.MD") is None
    assert names.file("a.html") is Reason.NOT_INCLUDED
    assert names.file(".a.md") is Reason.HIDDEN
    assert names.folder("2020") is None
    assert names.below("/w/2020", "/w", is_folder=True) is None
    assert names.member("a.html") is None


@pytest.mark.parametrize(
    "folder", ["Page_files", "Page.files", "Page-Dateien", "Page_fichiers", "Page_archivos"]
)
def test_the_files_beside_a_saved_page_are_passed_over(tmp_path: Path, folder: str) -> None:
    frame = f"{tmp_path}/{folder}/frame.html"
    assert DEFAULT.below(frame, str(tmp_path)) is None
    (tmp_path / "Page.html").touch()
    assert DEFAULT.below(frame, str(tmp_path)) is Reason.PAGE_FILES
    assert DEFAULT.folder(folder, str(tmp_path)) is Reason.PAGE_FILES
    assert NameFilter([f"!{folder}"]).folder(folder, str(tmp_path)) is None


def test_the_files_of_a_page_that_was_put_away_are_passed_over_by_their_mark(tmp_path: Path) -> None:
    (tmp_path / "Page_files").mkdir()
    assert DEFAULT.folder("Page_files", str(tmp_path)) is None
    (tmp_path / "Page_files" / PAGE_FILES_MARK).touch()
    assert DEFAULT.folder("Page_files", str(tmp_path)) is Reason.PAGE_FILES
    assert NameFilter(["!Page_files"]).folder("Page_files", str(tmp_path)) is None


def test_a_page_has_the_folders_that_are_passed_over_because_of_it_alone(tmp_path: Path) -> None:
    page = str(tmp_path / "Page.html")
    for folder in ("Page_files", "Page-Dateien", "Other_files", "elsewhere"):
        (tmp_path / folder).mkdir()
    (tmp_path / "Page_fichiers").symlink_to("elsewhere")
    (tmp_path / "Page.html").touch()
    folders = [str(tmp_path / "Page_files"), str(tmp_path / "Page-Dateien")]
    assert DEFAULT.page_folders(page) == folders
    assert NameFilter(["!*_files"]).page_folders(page) == folders[1:]
    assert DEFAULT.page_folders(str(tmp_path / "Other.md")) == []
    (tmp_path / "Page.htm").touch()
    assert DEFAULT.page_folders(page) == []


def test_every_default_pattern_works() -> None:
    for reason, patterns in DEFAULT_PATTERNS.items():
        for pattern in patterns:
            assert DEFAULT.file(pattern.replace("*", "x").replace("?", "0")) == reason, pattern


def test_a_member_with_backslashes_is_judged_by_its_folders() -> None:
    assert DEFAULT.member("news\\@eaDir\\a.html") is Reason.SYSTEM
    assert DEFAULT.member("news\\style.css") is Reason.ASSET
    assert DEFAULT.member("news\\a.html") is None


@pytest.mark.parametrize(
    ("page", "member"),
    [
        ("news\\P.html", "news\\P_files\\frame.html"),
        ("P.HTM", "P_files/frame.htm"),
        ("Cafe\u0301.html", "Caf\u00e9_files/frame.html"),
        ("Caf\u00e9.html", "Cafe\u0301_files/frame.html"),
    ],
)
def test_a_pages_folder_in_a_bundle_is_known_however_it_is_written(page: str, member: str) -> None:
    assert DEFAULT.member(member, {page_key(page)}) is Reason.PAGE_FILES


def test_a_page_in_capitals_has_its_folder_on_disk_too(tmp_path: Path) -> None:
    (tmp_path / "P_files").mkdir()
    assert DEFAULT.folder("P_files", str(tmp_path)) is None
    page = tmp_path / "P.HTM"
    page.touch()
    assert DEFAULT.folder("P_files", str(tmp_path)) is Reason.PAGE_FILES
    assert DEFAULT.page_folders(str(page)) == [str(tmp_path / "P_files")]
    (tmp_path / "P.html").touch()
    assert DEFAULT.page_folders(str(page)) == []
