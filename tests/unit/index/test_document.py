from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdrop.documents import (
    Article,
    Block,
    Counts,
    Document,
    Drop,
    Fingerprint,
    Image,
    Moment,
    Stamp,
    StepError,
    encode_path,
)
from newsdrop.identity import content_document_id, url_document_id
from newsdrop.index.document import build_document, stored_file, told_version, without_empty
from newsdrop.index.encoding import encode_json
from newsdrop.times import iso_time

BERLIN = timezone(timedelta(hours=2))
STAMP = Stamp(123, 170_000_000_012_345)


def built(article: Article, drop: Drop | None = None, stamp: Stamp = STAMP) -> Document:
    drop = drop or Drop(id="d", stamp=stamp, path="/drops/a/名.md")
    return build_document(
        article, drop=drop, sha256="ab", stamp=stamp, ingested_ms=1_700_000_000_123, version="1.2"
    )


def test_a_full_article_has_the_agreed_fields() -> None:
    article = Article(
        title="標題",
        blocks=[Block("h", "小標"), Block("p", "正文")],
        url="https://www.bbc.com/zhongwen/1",
        domain="bbc.com",
        dek="導語",
        author=["作者"],
        source_name="BBC",
        section="World",
        tags=["香港"],
        published=Moment(datetime(2020, 5, 1, tzinfo=BERLIN), "day"),
        updated=Moment(datetime(2020, 5, 2, 3, 4, 5, 600_000, tzinfo=UTC)),
        archived_at_ms=1_600_000_000_001,
        images=[Image(url="https://x/i.jpg", caption="圖", credit="AFP", alt="alt")],
        links=["https://a"],
        related=["https://r"],
        embeds=["https://e"],
        dialect="a",
        rule="bbc",
        language="zh-Hant",
        counts=Counts(chars=2, words=2, paragraphs=1, images=1, links=0, reading_time_s=1),
        fingerprint=Fingerprint(content="ff", minhash=["1", "2"]),
        keywords=["國安法"],
        errors=[StepError("language", "ValueError", "no")],
        labels={"mood": ["blue"], "x-y": ["dash"], "x_y": ["score"]},
    )
    document = built(article, Drop(id="d", stamp=STAMP, path="/drops/a/名.md", collection="BBC 2020"))
    assert document.id == url_document_id("https://bbc.com/zhongwen/1")
    assert document.version == 1_600_000_000_001
    assert document.source == {
        "@timestamp": "2020-05-01T00:00:00.000+02:00",
        "id": url_document_id("https://www.bbc.com/zhongwen/1"),
        "title": "標題",
        "text": "小標\n正文",
        "summary": "導語",
        "author": ["作者"],
        "source": {"name": "BBC"},
        "url": {"full": "https://www.bbc.com/zhongwen/1", "domain": "bbc.com"},
        "language": "zh-Hant",
        "section": "World",
        "tags": ["香港"],
        "keywords": ["國安法"],
        "published_at": "2020-05-01T00:00:00.000+02:00",
        "published_precision": "day",
        "updated_at": "2020-05-02T03:04:05.600Z",
        "archived_at": "2020-09-13T12:26:40.001Z",
        "event": {"ingested": "2023-11-14T22:13:20.123Z"},
        "images": [{"url": "https://x/i.jpg", "caption": "圖", "credit": "AFP", "alt": "alt"}],
        "links": ["https://a"],
        "related": ["https://r"],
        "embeds": ["https://e"],
        "counts": {"chars": 2, "words": 2, "paragraphs": 1, "images": 1, "links": 0, "reading_time_s": 1},
        "fingerprint": {"content": "ff", "minhash": ["1", "2"]},
        "file": {
            "path": "/drops/a/名.md",
            "directory": "/drops/a",
            "name": "名.md",
            "size": 123,
            "mtime": "2023-11-14T22:13:20.123Z",
            "stamp": 170_000_000_012_345,
            "hash": {"sha256": "ab"},
        },
        "collection": "BBC 2020",
        "labels": {"mood": ["blue"], "x_y": ["dash", "score"]},
        "archive": {"dialect": "a"},
        "newsdrop": {
            "version": "1.2",
            "rule": "bbc",
            "errors": [{"step": "language", "type": "ValueError", "message": "no"}],
        },
    }


def test_what_is_empty_is_left_out() -> None:
    source = built(Article(title="", blocks=[Block("p", "只有正文")])).source
    assert set(source) == {"@timestamp", "id", "text", "event", "file", "newsdrop"}
    assert without_empty({"a": 0, "b": False, "c": {"d": None}, "e": [], "f": ""}) == {"a": 0, "b": False}


def test_an_article_without_url_is_known_by_its_content() -> None:
    article = Article(title="標題", blocks=[Block("p", "正文")])
    assert built(article).id == content_document_id("標題", "正文")


@pytest.mark.parametrize("url", ["/posts/1", "https://nei.example/"])
def test_articles_that_share_an_address_of_no_page_stay_several(url: str) -> None:
    one = built(Article(title="甲", blocks=[Block("p", "一")], url=url))
    two = built(Article(title="乙", blocks=[Block("p", "二")], url=url))
    assert one.id != two.id


@pytest.mark.parametrize(
    ("url", "full"),
    [
        ("https://nei.example/", "https://nei.example/"),
        ("HTTP://nei.example/a b", "HTTP://nei.example/a b"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("ftp://nei.example/a", None),
        ("file:///home/a.html", None),
        ("/posts/1", None),
        ("https:///a", None),
        ("", None),
    ],
)
def test_only_an_address_on_the_web_is_the_articles(url: str, full: str | None) -> None:
    assert built(Article(title="甲", blocks=[], url=url)).source.get("url", {}).get("full") == full


@pytest.mark.parametrize("archived_ms", [None, 0, -5, 253_402_300_800_000, 10**30])
def test_without_a_capture_time_the_files_is_the_version(archived_ms: int | None) -> None:
    document = built(Article(title="t", blocks=[], archived_at_ms=archived_ms))
    assert document.version == STAMP.mtime // 100_000
    assert "archived_at" not in document.source
    assert built(Article(title="t", blocks=[]), stamp=Stamp(1, 0)).version == 0


@given(st.integers(0, 2**48 - 1), st.integers(0, 2**48 - 1), st.integers(662_688_000_000, 1_700_000_000_000))
def test_no_files_time_beats_a_capture_and_the_newer_file_wins(
    one: int, other: int, captured_ms: int
) -> None:
    article = Article(title="t", blocks=[])
    captured = built(Article(title="t", blocks=[], archived_at_ms=captured_ms), stamp=Stamp(1, one))
    assert captured.version == captured_ms
    now = 1_700_000_000_000 * 100
    mtimes = sorted((one % now, other % now))
    versions = [built(article, stamp=Stamp(1, mtime)).version for mtime in mtimes]
    assert versions == sorted(versions)
    assert max(versions) < captured.version
    assert built(article, stamp=Stamp(1, now * 2)).version == 0


@given(
    archived_ms=st.none() | st.integers(-1, 1_900_000_000_000),
    mtime=st.integers(-1, 400_000_000_000_000),
)
def test_a_stored_document_tells_its_own_version(archived_ms: int | None, mtime: int) -> None:
    document = built(Article(title="t", blocks=[], archived_at_ms=archived_ms), stamp=Stamp(1, mtime))
    assert told_version(json.loads(encode_json(document.source))) == document.version


def test_a_claimed_capture_before_there_was_a_web_is_no_version() -> None:
    document = built(Article(title="t", blocks=[], archived_at_ms=1_000))
    assert document.version == STAMP.mtime // 100_000
    assert document.source["archived_at"] == "1970-01-01T00:00:01.000Z"


def test_times_to_come_are_not_believed() -> None:
    day_ms, now_ms = 86_400_000, 1_700_000_000_123
    assert built(Article(title="t", blocks=[], archived_at_ms=now_ms + day_ms)).version == now_ms + day_ms
    future_ms = 4_000_000_000_000
    published = Moment(datetime(2096, 10, 2, 7, 6, 40, tzinfo=UTC))
    document = built(
        Article(title="t", blocks=[], archived_at_ms=future_ms, published=published, updated=published)
    )
    assert document.version == STAMP.mtime // 100_000
    assert document.source["@timestamp"] == document.source["file"]["mtime"]
    assert not document.source.keys() & {"archived_at", "published_at", "published_precision", "updated_at"}


def test_the_timestamp_is_published_else_captured_else_the_files_else_now() -> None:
    published = Moment(datetime(2001, 2, 3, tzinfo=UTC))
    both = Article(title="t", blocks=[], published=published, archived_at_ms=1_000)
    assert built(both).source["@timestamp"].startswith("2001-02-03")
    assert built(Article(title="t", blocks=[], archived_at_ms=1_000)).source["@timestamp"].startswith("1970")
    plain = Article(title="t", blocks=[])
    assert built(plain).source["@timestamp"] == built(plain).source["file"]["mtime"]
    inline = Drop(id="d", stamp=Stamp(1, 0), name="x.md", content=b"x")
    assert built(plain, inline, Stamp(1, 0)).source["@timestamp"] == "2023-11-14T22:13:20.123Z"


def test_inline_content_has_a_name_and_no_path() -> None:
    drop = Drop(id="d", stamp=Stamp(1, 0), name="x.md", content=b"x")
    assert built(Article(title="t", blocks=[]), drop, Stamp(1, 0)).source["file"] == {
        "name": "x.md",
        "size": 1,
        "stamp": 0,
        "hash": {"sha256": "ab"},
    }


def test_a_member_names_its_bundle() -> None:
    drop = Drop(id="d", stamp=STAMP, path="/b.zip", member="in/x\udcff.md")
    assert built(Article(title="t", blocks=[], dialect="a"), drop).source["archive"] == {
        "dialect": "a",
        "bundle": "/b.zip",
        "member": "in/x\\xff.md",
    }


@given(
    path=st.binary(min_size=1, max_size=40).map(lambda raw: "/" + raw.decode("utf-8", "surrogateescape")),
    size=st.integers(0, 2**40),
    mtime=st.integers(0, 2**47),
)
def test_path_and_stamp_survive_json_whatever_the_bytes_of_the_name(path: str, size: int, mtime: int) -> None:
    stamp = Stamp(size, mtime)
    document = built(Article(title="t", blocks=[]), Drop(id="d", stamp=stamp, path=path), stamp)
    back = stored_file("id", 5, json.loads(encode_json(document.source)))
    assert (back.path, back.stamp, back.version) == (path, stamp, 5)
    assert document.source["file"]["path"] == encode_path(path)


@given(
    st.datetimes(
        min_value=datetime(1, 1, 3),  # noqa: DTZ001  Hypothesis wants bounds without a zone
        max_value=datetime(9999, 12, 29),  # noqa: DTZ001  likewise
        timezones=st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(timezone),
    )
)
def test_a_time_is_written_with_whole_minutes_of_offset_and_means_the_same(at: datetime) -> None:
    text = iso_time(at)
    back = datetime.fromisoformat(text.replace("Z", "+00:00"))
    assert timedelta(0) <= at - back < timedelta(milliseconds=1)
    offset = back.utcoffset()
    assert offset is not None
    assert offset.seconds % 60 == 0


def test_surrogates_become_replacement_characters() -> None:
    assert json.loads(encode_json({"a": ["x\ud800y", {"b": "\udfff"}]})) == {
        "a": ["x\ufffdy", {"b": "\ufffd"}]
    }
