from __future__ import annotations

import re
from hashlib import blake2b
from pathlib import Path

import pytest
from tests.corpus import CorpusReport, CorpusSpec, seed_like, write_corpus
from tests.corpus import words as vocabulary
from tests.corpus.broken import BROKEN
from tests.corpus.pages import NOISE
from tests.corpus.sites import KINDS
from tests.corpus.text import chinese_story
from tests.corpus.words import PLACES, RARE, TOPICS, traditional

from newsdrop.folding import fold
from newsdrop.identity import url_document_id

_HEADER = re.compile(rb"\[(?P<title>[^\n]+)\]\((?P<url>\S+)\)\r?\n------\r?\n")
_FROM = re.compile(rb"^from: (\S+)$", re.MULTILINE)
_COMMENT = re.compile(rb"^<!--(\d+)-->\n")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("corpus")


@pytest.fixture(scope="module")
def report(folder: Path) -> CorpusReport:
    return write_corpus(folder, CorpusSpec(articles=120))


def _digest_of(folder: Path) -> str:
    digest = blake2b(digest_size=16)
    for path in sorted(folder.rglob("*"), key=str):
        if path.is_file():
            digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _files(folder: Path, report: CorpusReport) -> list[Path]:
    """The good files: neither hopeless, nor older captures, nor copies."""
    others = {*report.dead, *report.older, *report.duplicates}
    return [
        path for path in folder.rglob("*") if path.is_file() and str(path.relative_to(folder)) not in others
    ]


def _url_of(data: bytes) -> str:
    match = _HEADER.search(data)
    if match:
        return match["url"].decode("ascii")
    front = _FROM.search(data)
    assert front is not None
    return front[1].decode("ascii")


def _decode(path: Path) -> str:
    encoding = {"rfi-gb": "gb18030", "island-daily": "big5"}.get(path.parent.name, "utf-8")
    return path.read_bytes().decode(encoding)


class TestSeedLike:
    @pytest.mark.parametrize("html_bytes", [2_000, 4_999, 5_000, 20_000, 100_003])
    def test_html_is_one_line_of_exactly_the_bytes_asked_for(self, html_bytes: int) -> None:
        comment, header, hyphens, blank, html, end = seed_like(5, html_bytes=html_bytes).split(b"\n")
        assert re.fullmatch(rb"<!--\d{13}-->", comment)
        assert re.fullmatch(rb"\[.+\]\(https://www\.bbc\.com/zhongwen/simp/\S+\)", header)
        assert (hyphens, blank, end) == (b"------", b"", b"")
        assert len(html) == html_bytes

    def test_urls_and_titles_are_unique(self) -> None:
        headers = [_HEADER.search(seed_like(number, html_bytes=2_000)) for number in range(500)]
        assert len({match["url"] for match in headers if match}) == 500
        assert len({match["title"] for match in headers if match}) == 500

    def test_another_seed_is_another_text_under_the_same_url(self) -> None:
        first, second = seed_like(3, seed=1), seed_like(3, seed=2)
        assert _url_of(first) == _url_of(second)
        assert first != second

    def test_has_the_parts_of_the_real_page(self) -> None:
        text = seed_like(6).decode()
        for part in ('<main role="main">', "<time dateTime=", "images.weserv.nl/?url=", "<noscript><picture>",
                     '<p role="text"><span>图像来源，', 'data-e2e="advertisement"', '<ul role="list">',
                     "<div><p><b>"):  # fmt: skip
            assert part in text

    def test_bytes_are_pinned(self) -> None:
        assert blake2b(seed_like(42), digest_size=16).hexdigest() == "1e961f9300cd97a4400d979dcbcc74dc"

    def test_a_size_below_the_frame_is_refused(self) -> None:
        with pytest.raises(ValueError, match="2,000 or more"):
            seed_like(1, html_bytes=300)


class TestWriteCorpus:
    def test_the_same_spec_gives_the_same_names_and_bytes(self, tmp_path: Path) -> None:
        report = write_corpus(tmp_path, CorpusSpec(articles=40))
        digest = _digest_of(tmp_path)
        assert digest == "4334c9743ed92a3b27e5d3d40787053f"
        assert write_corpus(tmp_path, CorpusSpec(articles=40)) == report
        assert _digest_of(tmp_path) == digest

    def test_report_counts_every_file_and_byte(self, folder: Path, report: CorpusReport) -> None:
        files = [path for path in folder.rglob("*") if path.is_file()]
        assert report.files == len(files) == sum(report.kinds.values())
        assert report.bytes == sum(path.stat().st_size for path in files)
        assert report.files == report.articles + len(report.older) + len(report.duplicates) + len(report.dead)
        for path in (*report.dead, *report.older, *report.duplicates):
            assert (folder / path).is_file()

    def test_every_kind_and_every_breakage_is_there(self, report: CorpusReport) -> None:
        assert {kind.name for kind in KINDS} <= report.kinds.keys()
        assert set(report.dead.values()) == set(BROKEN)
        assert set(report.languages) == {"zh-Hans", "zh-Hant", "en"}

    def test_documents_are_the_ids_of_the_urls_in_the_good_files(
        self, folder: Path, report: CorpusReport
    ) -> None:
        ids = {url_document_id(_url_of(path.read_bytes())) for path in _files(folder, report)}
        assert ids == set(report.documents)
        assert len(report.documents) == len(ids) == 120

    def test_older_captures_are_older_versions_of_documents(self, folder: Path, report: CorpusReport) -> None:
        assert len(report.older) == 6
        for path in report.older:
            older, newer = (folder / path).read_bytes(), (folder / path.removeprefix("older/")).read_bytes()
            assert url_document_id(_url_of(older)) == url_document_id(_url_of(newer))
            assert _url_of(older) != _url_of(newer)
            times = [int(match[1]) for match in map(_COMMENT.match, (older, newer)) if match]
            assert times[0] < times[1]

    def test_duplicates_are_exact(self, folder: Path, report: CorpusReport) -> None:
        assert report.duplicates
        for path in report.duplicates:
            assert (folder / path).read_bytes() == (folder / path.removeprefix("mirror/")).read_bytes()

    def test_queries_are_in_exactly_that_many_good_files(self, folder: Path, report: CorpusReport) -> None:
        texts = [fold(re.sub(r"<[^>]*>|\s", "", _decode(path))) for path in _files(folder, report)]
        assert len(report.queries) == 7
        for query, documents in report.queries.items():
            term = fold(query).replace(" ", "")
            assert sum(term in text for text in texts) == documents, query

    def test_encodings_marks_and_line_ends_are_as_named(self, folder: Path, report: CorpusReport) -> None:
        data = [path.read_bytes() for path in _files(folder, report)]
        assert sum(item.startswith(b"\xef\xbb\xbf") for item in data) == report.kinds["bom"]
        assert sum(b"\r\n" in item for item in data) == report.kinds["crlf"]
        for name in ("rfi-gb", "island-daily"):
            for path in (folder / name).iterdir():
                with pytest.raises(UnicodeDecodeError):
                    path.read_bytes().decode("utf-8")
                assert _decode(path)

    def test_without_the_extras_only_good_files_are_written(self, tmp_path: Path) -> None:
        spec = CorpusSpec(articles=25, older_every=0, duplicate_every=0, broken=False)
        report = write_corpus(tmp_path, spec)
        assert report.files == report.articles == 25
        assert (report.older, report.duplicates, report.dead) == ([], [], {})

    def test_an_impossible_spec_is_refused(self) -> None:
        with pytest.raises(ValueError, match="1 article or more"):
            CorpusSpec(articles=0)
        with pytest.raises(ValueError, match="600 bytes or more"):
            CorpusSpec(bytes_per_article=(100, 50))


class TestText:
    def test_traditional_spelling_folds_back(self) -> None:
        simplified = "".join(
            (*PLACES, *RARE, *(word for topic in TOPICS for part in topic[1:] for word in part))
        )
        assert fold(traditional(simplified)) == fold(simplified)
        assert traditional(simplified) != simplified

    def test_the_two_scripts_of_the_table_line_up(self) -> None:
        assert len(vocabulary._SIMPLIFIED) == len(vocabulary._TRADITIONAL)
        assert fold(vocabulary._TRADITIONAL) == fold(vocabulary._SIMPLIFIED)

    def test_a_topics_word_is_in_few_stories_so_that_searches_select(self) -> None:
        texts = ["".join(chinese_story(n, seed=1, bytes_=6_000).sentences) for n in range(300)]
        for topic in TOPICS:
            for thing in topic.things:
                assert 1 <= sum(thing in text for text in texts) <= 90

    def test_rare_terms_come_from_nowhere_else(self) -> None:
        text = "\n".join(
            line for n in range(300) for line in chinese_story(n, seed=1, bytes_=6_000).sentences
        )
        assert not [term for term in RARE if term in text]

    def test_noise_is_never_told(self) -> None:
        assert NOISE not in "".join(chinese_story(1, seed=1, bytes_=50_000).sentences)
