"""One suite over all stores: what is promised holds for Elasticsearch, the embedded index and the fake."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.inputs.index_samples import MTIME, elasticsearch_store, make_document
from tests.searching import ask, hits, marked
from tests.waiting import until

from newsdrop.documents import (
    Attempt,
    DeadLetter,
    Document,
    Fingerprint,
    Original,
    Stage,
    Stamp,
    StoredFile,
)
from newsdrop.index.local import LocalStore
from newsdrop.index.query_parser import parse_query
from newsdrop.index.search import SearchRequest
from newsdrop.index.store import Store
from newsdrop.ports import WriteContext
from newsdrop.testing import MemoryStore

STORES = ["memory", "local", pytest.param("elasticsearch", marks=pytest.mark.elasticsearch)]


@contextmanager
def opened(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Store]:
    if kind == "memory":
        yield MemoryStore()
        return
    if kind == "local":
        local = LocalStore(folder / "index.sqlite3")
        yield local
        local.close()
        return
    url = request.getfixturevalue("elasticsearch_url")
    with elasticsearch_store(url, refresh_interval="50ms") as real:
        real.init()
        yield real


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with opened(request.param, request, tmp_path) as one:
        yield one


def statuses(store: Store, *documents: Document) -> list[str]:
    return [result.status for result in store.put(documents)]


def found(store: Store, query: str, expected: set[str]) -> None:
    """The query finds exactly these documents, as soon as the index has refreshed."""
    until(lambda: {hit.id for hit in hits(store, query, 100)} == expected, query)


def eventually(question: Callable[[], object], expected: object) -> None:
    until(lambda: question() == expected)


def test_a_document_that_was_put_is_stored_at_once_with_its_file(store: Store) -> None:
    document = make_document(1, version=1_234, path="/drops/名字\udcff.md")
    assert statuses(store, document) == ["indexed"]
    assert store.stored([document.id, "0" * 32]) == {
        document.id: StoredFile(
            document_id=document.id, version=1_234, path="/drops/名字\udcff.md", stamp=Stamp(10, MTIME)
        )
    }


def test_of_a_document_out_of_a_bundle_the_member_is_stored(store: Store) -> None:
    document = make_document(1, path="/drops/a.zip", member="名字\udcff.md")
    assert statuses(store, document) == ["indexed"]
    assert store.stored([document.id])[document.id].member == "名字\udcff.md"


def test_results_come_in_the_order_of_the_documents(store: Store) -> None:
    documents = [make_document(number, version=5) for number in range(100)]
    store.put(documents[::2])
    older = [make_document(number, version=4, path="/drops/older.md") for number in range(100)]
    results = store.put(older)
    assert [result.document_id for result in results] == [document.id for document in documents]
    assert [result.status for result in results] == ["superseded", "indexed"] * 50


def test_an_older_capture_is_superseded_and_changes_nothing(store: Store) -> None:
    assert statuses(store, make_document(1, title="新聞", version=2_000)) == ["indexed"]
    assert statuses(store, make_document(1, title="舊聞", version=1_999, path="/b.md")) == ["superseded"]
    found(store, "新聞", {make_document(1).id})
    found(store, "舊聞", set())


def test_an_equal_capture_replaces_so_that_a_better_parser_is_heard(store: Store) -> None:
    assert statuses(store, make_document(1, title="第一次解析", version=2_000)) == ["indexed"]
    assert statuses(store, make_document(1, title="第二次解讀", version=2_000)) == ["indexed"]
    found(store, "解讀", {make_document(1).id})
    found(store, "解析", set())


def test_a_newer_capture_replaces(store: Store) -> None:
    assert statuses(store, make_document(1, title="舊聞", version=0)) == ["indexed"]
    assert statuses(store, make_document(1, title="新聞", version=1)) == ["indexed"]
    found(store, "新聞", {make_document(1).id})
    eventually(store.count, 1)


def test_one_batch_may_hold_the_same_article_twice(store: Store) -> None:
    newer = make_document(1, title="新聞", version=9)
    older = make_document(1, title="舊聞", version=8, path="/drops/older.md")
    assert statuses(store, newer, older) == ["indexed", "superseded"]


def test_nothing_put_is_nothing_asked(store: Store) -> None:
    assert store.put([]) == []
    assert store.stored([]) == {}


def test_a_removal_takes_the_article_of_its_own_file_only(store: Store) -> None:
    document = make_document(1, title="香港", path="/drops/mine.md")
    store.put([document])
    assert not store.remove(document.id, "/drops/other.md")
    assert document.id in store.stored([document.id])
    assert store.remove(document.id, "/drops/mine.md")
    assert store.stored([document.id]) == {}
    # The answer was lost: whoever asks again must be told that it is gone, too.
    assert store.remove(document.id, "/drops/mine.md")
    found(store, "香港", set())
    eventually(store.count, 0)


def test_a_removed_article_comes_back_with_its_own_capture_at_once(store: Store) -> None:
    document = make_document(1, version=2_000)
    store.put([document])
    assert store.remove(document.id, "/drops/1.md")
    assert statuses(store, document) == ["indexed"]
    assert document.id in store.stored([document.id])


def test_a_removed_article_comes_back_with_another_files_older_capture_once_the_removal_is_forgotten(
    store: Store,
) -> None:
    older = make_document(1, version=1_999, path="/drops/older.md")
    store.put([make_document(1, version=2_000)])
    assert statuses(store, older) == ["superseded"]
    assert store.remove(older.id, "/drops/1.md")
    # Nothing is there: it may have to wait, but it isn't superseded.
    told = statuses(store, older)
    while told == ["busy"]:
        time.sleep(0.1)
        told = statuses(store, older)
    assert told == ["indexed"]
    assert store.stored([older.id])[older.id].path == "/drops/older.md"


def test_of_two_members_with_one_article_the_newer_stays(store: Store) -> None:
    newer = make_document(1, title="新", version=2_000, member="1.md")
    older = make_document(1, title="舊", version=1_000, member="2.md")
    assert statuses(store, newer, older) == ["indexed", "superseded"]
    assert statuses(store, older) == ["superseded"]
    found(store, "title:新", {newer.id})
    corrected = make_document(1, title="改", version=1_500, member="1.md")
    assert statuses(store, corrected) == ["indexed"]
    found(store, "title:改", {newer.id})


def test_a_corrected_file_wins_over_its_own_earlier_version_and_over_no_other_files(store: Store) -> None:
    store.put([make_document(1, title="舊", version=2_000)])
    corrected = make_document(1, title="新", version=1_000)
    assert statuses(store, corrected) == ["indexed"]
    assert store.stored([corrected.id])[corrected.id].version == 2_000
    found(store, "title:新", {corrected.id})
    other = make_document(1, title="別", version=1_500, path="/drops/other.md")
    assert statuses(store, other) == ["superseded"]


_CORRECTED = make_document(1, title="錯", version=1_500_000_000_000, path="/drops/a.md")
_OLDER = make_document(1, title="舊", version=1_550_000_000_000, path="/drops/c.md")
_NEWER = make_document(1, title="新", version=1_600_000_000_000, path="/drops/b.md")


def put_and_correct(store: Store) -> None:
    """a.md tells a time to come before b.md is read, and is corrected to a time before b.md's."""
    wrong = make_document(1, title="誤", version=1_640_000_000_000, path="/drops/a.md")
    assert statuses(store, wrong, _NEWER) == ["indexed", "superseded"]
    results = store.put([_CORRECTED])
    assert [(one.status, one.lowered) for one in results] == [("indexed", True)]


def test_a_newer_capture_wins_over_a_file_that_was_corrected_to_an_earlier_time(store: Store) -> None:
    put_and_correct(store)
    results = store.put([_NEWER])
    assert [(one.status, one.lowered) for one in results] == [("indexed", False)]
    found(store, "title:新", {_NEWER.id})
    # However high the number under which it is stored, what it tells counts.
    assert statuses(store, _OLDER, _CORRECTED) == ["superseded", "superseded"]
    assert store.put([_NEWER])[0].status == "indexed"
    newest = make_document(1, title="最新", version=1_650_000_000_000, path="/drops/d.md")
    assert statuses(store, newest) == ["indexed"]
    assert statuses(store, _NEWER) == ["superseded"]
    assert store.stored([newest.id])[newest.id].version == newest.version


@pytest.mark.parametrize("batch", [(_OLDER, _NEWER), (_NEWER, _OLDER)])
def test_of_several_captures_in_one_batch_the_newest_wins_over_a_corrected_file(
    store: Store, batch: tuple[Document, ...]
) -> None:
    put_and_correct(store)
    store.put(batch)
    assert store.stored([_NEWER.id])[_NEWER.id].path == "/drops/b.md"
    # Read again, the corrected file lowers nothing.
    assert not any(one.lowered for one in store.put([_CORRECTED]))
    assert store.stored([_NEWER.id])[_NEWER.id].path == "/drops/b.md"


def test_files_under_a_folder_are_all_of_them_and_no_neighbours(store: Store) -> None:
    inside = [make_document(f"in{n}", path=f"/drops/a/b/{n}.md") for n in range(5)]
    odd = make_document("odd", path="/drops/a/\\odd\udcfe name.md")
    outside = [
        make_document("n1", path="/drops/a.md"),
        make_document("n2", path="/drops/ab/x.md"),
        make_document("n3", path="/drops/a0.md"),
    ]
    store.put([*inside, odd, *outside])
    for folder in ("/drops/a", "/drops/a/"):
        files = list(store.files_under(folder))
        assert {file.document_id for file in files} == {document.id for document in [*inside, odd]}
        assert all(file.stamp == Stamp(10, MTIME) for file in files)
    assert "/drops/a/\\odd\udcfe name.md" in {file.path for file in store.files_under("/drops/a")}
    assert list(store.files_under("/nowhere")) == []


def test_files_under_goes_beyond_one_page(store: Store) -> None:
    store.put([make_document(n, text="短") for n in range(1_100)])
    assert len({file.path for file in store.files_under("/drops")}) == 1_100


def bands(*rows: str) -> list[str]:
    """Sixteen band keys, of which each is made of one of the given rows."""
    return [f"{band:x}{rows[band % len(rows)] * 4}" for band in range(16)]


def test_originals_are_what_shares_a_band_and_is_no_copy(store: Store) -> None:
    same, near, far = (
        make_document(name, fingerprint=Fingerprint(content=name, minhash=bands(*rows)))
        for name, rows in {"same": ["aaaa"], "near": ["aaaa", "bbbb"], "far": ["cccc"]}.items()
    )
    copy = make_document("copy", fingerprint=Fingerprint(content="same", minhash=bands("aaaa")))
    copy = msgspec.structs.replace(copy, source={**copy.source, "duplicate_of": same.id})
    speechless = make_document("speechless")
    store.put([same, near, far, copy, speechless])
    eventually(store.count, 5)

    def ids(*asked: Fingerprint) -> set[str]:
        return {one.document_id for one in store.originals(asked)}

    wanted = Fingerprint(content="x", minhash=bands("aaaa"))
    assert ids(wanted) == {same.id, near.id}
    assert ids(Fingerprint(content="x", minhash=bands("bbbb", "bbbb"))) == {near.id}
    assert ids(Fingerprint(content="same", minhash=bands("dddd"))) == set()
    assert ids(wanted, Fingerprint(content="y", minhash=bands("cccc"))) == {same.id, near.id, far.id}
    assert store.originals([]) == []
    one = next(one for one in store.originals([wanted]) if one.document_id == near.id)
    assert one == Original(
        document_id=near.id, at_s=1.0, fingerprint=Fingerprint(content="near", minhash=bands("aaaa", "bbbb"))
    )


def test_asking_for_originals_of_a_whole_bulk_is_one_or_a_few_requests(store: Store) -> None:
    documents = [
        make_document(n, fingerprint=Fingerprint(content=f"{n}", minhash=bands(f"{n:04x}")))
        for n in range(64)
    ]
    store.put(documents)
    eventually(store.count, 64)
    asked = [Fingerprint(content="x", minhash=bands(f"{n:04x}")) for n in range(64)]
    calls: list[int] = []
    found = store.originals(asked, WriteContext(before_request=lambda: calls.append(1)))
    assert {one.document_id for one in found} == {document.id for document in documents}
    assert calls == [1]


def test_a_document_that_becomes_a_copy_is_no_original_any_more(store: Store) -> None:
    fingerprint = Fingerprint(content="c", minhash=bands("aaaa"))
    document = make_document("x", fingerprint=fingerprint)
    store.put([document])
    eventually(lambda: [one.document_id for one in store.originals([fingerprint])], [document.id])
    copy = msgspec.structs.replace(document, source={**document.source, "duplicate_of": "f" * 32})
    assert statuses(store, copy) == ["indexed"]
    eventually(lambda: store.originals([fingerprint]), [])
    found(store, f"duplicate_of:{'f' * 32}", {document.id})
    found(store, f"fingerprint.minhash:{fingerprint.minhash[3]}", {document.id})


@pytest.fixture(params=STORES, scope="module")
def library(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Store, dict[str, str]]]:
    """A store with a few articles, for reading only, and name → document id."""
    documents = {
        "traditional": make_document(
            "t",
            "香港國安法",
            "唐納德·特朗普訪問臺灣。",
            tags=["臺灣"],
            language="zh-Hant",
            author=["Mary O'Neil"],
        ),
        "simplified": make_document(
            "s", "香港国安法实施", "用5G手机看covid-19新闻。", tags=["台湾"], language="zh-Hans"
        ),
        "apart": make_document("a", "香港", "北京與國安無關，法律另說。", language="zh-Hant"),
        "english": make_document(
            "e", "National security law", "The U.S. doesn't agree; ﬁne.", language="en", section="World"
        ),
    }
    with opened(request.param, request, tmp_path_factory.mktemp("library")) as one:
        one.put(list(documents.values()))
        eventually(one.count, len(documents))
        yield one, {name: document.id for name, document in documents.items()}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("香港国安法", "traditional simplified"),
        ("香港國安法", "traditional simplified"),
        ("國安", "traditional simplified apart"),
        ("安法", "traditional simplified"),
        ("台灣", "traditional"),
        ("香港 法律", "apart"),
        ('"香港 國安法"', "traditional simplified"),
        ("“香港 国安法”", "traditional simplified"),
        ("唐纳德·特朗普", "traditional"),
        ("唐納德特朗普", "traditional"),
        ("covid-19", "simplified"),
        ("COVID 19", "simplified"),
        ("5g手機", "simplified"),
        ("５Ｇ手機", "simplified"),
        ("security law", "english"),
        ('"law security"', ""),
        ("law national", "english"),
        ("u.s.", "english"),
        ("doesn't", "english"),
        ("title:国安法", "traditional simplified"),
        ("text:国安法", ""),
        ("title:香港 text:法律", "apart"),
        ("tags:台湾", "traditional simplified"),
        ("tags:臺灣", "traditional simplified"),
        ("language:zh-Hant", "traditional apart"),
        ("language:zh-Hant 香港", "traditional apart"),
        ("language:ZH-hant", "traditional apart"),
        ("language:zh", "traditional simplified apart"),
        ("language:z", ""),
        ("author:o'neil", "traditional"),
        ("author:mary", "traditional"),
        ("section:world", "english"),
        ("one", ""),
        ("laws", "english"),
        ("香港國安法實施", "simplified"),
        ("法", "traditional simplified apart"),
        ("section:World", "english"),
        ('author:"Mary O\'Neil"', "traditional"),
        ("domain:example.com 新聞", "simplified"),
        ("domain:example.org", ""),
        ("caption:维多利亚港", "traditional simplified apart english"),
        ("维多利亚港", ""),
        ("http://example.com/t?utm_source=x", "traditional"),
        ("url:https://www.example.com/e", "english"),
        ("path:/drops/a.md", "apart"),
        ("法国", ""),
    ],
)
def test_a_query_finds_exactly(library: tuple[Store, dict[str, str]], query: str, expected: str) -> None:
    one, ids = library
    found(one, query, {ids[name] for name in expected.split()})


def test_labels_are_found_by_their_keys_and_values(store: Store) -> None:
    blue = make_document(1, labels={"mood": ["blue", "very sad"]})
    store.put([blue, make_document(2, labels={"mood": ["red"]})])
    found(store, "labels.mood:blue", {blue.id})
    found(store, 'labels.Mood:"very sad"', {blue.id})
    found(store, "labels.weather:blue", set())


def test_a_hit_shows_where_and_what(store: Store) -> None:
    text = "開頭的話。" * 60 + "香港國安法於今日實施。" + "結尾的話。" * 60
    store.put([make_document(1, "標題", text, source_name="BBC 中文")])
    found(store, "香港国安法", {make_document(1).id})
    (hit,) = hits(store, "香港国安法")
    assert (hit.title, hit.url, hit.source) == ("標題", "https://www.example.com/1", "BBC 中文")
    assert marked(hit.snippet, hit.marks) == ["香港國安法"]
    assert len(hit.snippet) < 300


def test_a_hit_shows_the_caption_that_was_found(store: Store) -> None:
    store.put([make_document(1, "標題", "正文。" * 60, captions=["開幕的視頻", "渡輪靠岸的視頻"])])
    found(store, "caption:渡轮", {make_document(1).id})
    (hit,) = hits(store, "caption:渡轮")
    assert (hit.snippet, marked(hit.snippet, hit.marks)) == ("渡輪靠岸的視頻", ["渡輪"])


def test_the_size_bounds_the_hits_and_the_title_counts_more(store: Store) -> None:
    filler = "無關緊要的內容" * 10
    store.put([make_document(n, "別的", f"{filler}香港{filler}") for n in range(5)])
    store.put([make_document("best", "香港", filler)])
    found(store, "香港", {make_document(n).id for n in [*range(5), "best"]})
    answer = ask(store, "香港", size=3)
    assert (answer.total, len(answer.hits)) == (6, 3)
    assert answer.hits[0].id == make_document("best").id
    assert [hit.score for hit in answer.hits] == sorted((hit.score for hit in answer.hits), reverse=True)


def test_a_text_that_no_json_can_carry_is_mended_and_found(store: Store) -> None:
    odd = make_document(1, "壞字", "前\ud800後 香港\x00台灣", tags=["x\udfff"])
    assert statuses(store, odd) == ["indexed"]
    found(store, "香港", {odd.id})
    assert statuses(store, make_document(1, "好字", "沒有")) == ["indexed"]
    found(store, "香港", set())


def test_a_very_long_text_can_be_searched_and_highlighted(store: Store) -> None:
    assert statuses(store, make_document(1, "長文", "香港" + "一二三四五六七八九十" * 110_000)) == ["indexed"]
    found(store, "香港", {make_document(1).id})
    (hit,) = hits(store, "香港")
    assert marked(hit.snippet, hit.marks) == ["香港"]


def letter(revision: int = 1, **more: Any) -> DeadLetter:
    values: dict[str, Any] = {
        "id": "ab" * 16, "status": "dead", "stage": Stage.PARSE, "error_type": "NoArticleError",
        "error_message": "無題", "group": "parse NoArticleError", "first_failed_ms": 1_000,
        "last_failed_ms": 2_000,
        "attempts": [Attempt(at_ms=2_000, host="h", stage=Stage.PARSE, type="E", message="無題")],
        "path": "/drops/x\udcff.md", "stamp": Stamp(1, 2), "sha256": "cd" * 32, "revision": revision,
        "content": b"abc", "changed_ms": 3_000, "changed_by": "me", "stack_trace": "trace",
    }  # fmt: skip
    return DeadLetter(**{**values, **more})


def test_mirrored_letters_are_acknowledged_older_revisions_too(store: Store) -> None:
    message = letter(id="m1", stage=Stage.MESSAGE, path=None, stamp=None, raw=b"{", content=None, attempts=[])
    assert store.mirror_letters([letter(2), message]) == ["ab" * 16, "m1"]
    assert store.mirror_letters([letter(1, status="replayed")]) == ["ab" * 16]
    assert store.mirror_letters([]) == []
    eventually(lambda: store.status().letters.documents, 2)


def test_a_fresh_store_is_as_it_should_be(store: Store) -> None:
    store.check()
    status = store.init()
    assert status.ok
    assert status.articles.drift == status.letters.drift == []
    assert status.articles.mapping_version == status.articles.expected_version
    assert store.migrate().ok


def test_before_request_is_called_and_may_abandon(store: Store) -> None:
    class AbandonedError(Exception):
        pass

    def abandon() -> None:
        raise AbandonedError

    context = WriteContext(before_request=abandon)
    with pytest.raises(AbandonedError):
        store.put([make_document(1)], context)
    with pytest.raises(AbandonedError):
        store.remove(make_document(1).id, "/drops/1.md", context)
    assert statuses(store, make_document(1)) == ["indexed"]


def test_a_context_ends_with_its_write(store: Store) -> None:
    calls: list[str] = []
    context = WriteContext(
        before_request=lambda: calls.append("request"), after_bulk=lambda *_: calls.append("bulk")
    )
    store.put([make_document(1)], context)
    calls.clear()
    store.mirror_letters([letter(1)])
    store.put([make_document(2)])
    assert calls == []


def test_each_bulk_is_told_with_its_documents_and_bytes_once_it_is_answered(store: Store) -> None:
    bulks: list[tuple[int, int, float]] = []
    context = WriteContext(after_bulk=lambda *measured: bulks.append(measured))
    store.put([make_document(1), make_document(2)], context)
    ((documents, bytes_, seconds),) = bulks
    assert documents == 2
    assert bytes_ > 2 * 50
    assert seconds >= 0


@pytest.mark.parametrize("found", [1, 30, 40], ids=["of few", "of many", "of all"])
def test_values_are_counted_the_same_however_much_is_found(store: Store, found: int) -> None:
    documents = [
        make_document(
            number,
            "found" if number < found else "other",
            section=f"part {number % 3}",
            tags=["a", f"b{number % 2}"],
        )
        for number in range(40)
    ]
    store.put(documents)
    query = parse_query("title:found" if found < 40 else "section:*")
    request = SearchRequest(query=query, facets=("section", "tags", "language"), facet_size=2)
    until(lambda: store.search(request).total == found, f"{found} are found", timeout_s=10)
    facets = store.search(request).facets
    sections = [sum(number % 3 == part for number in range(found)) for part in range(3)]
    assert [one.count for one in facets["section"]] == [count for count in sections if count][:2]
    assert [(one.value, one.count) for one in facets["tags"]] == [("a", found), ("b0", (found + 1) // 2)]
    assert facets["language"] == []
