from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from newsdrop.documents import (
    Article,
    Attempt,
    Block,
    Counts,
    DeadLetter,
    Drop,
    Fingerprint,
    Image,
    Moment,
    Stage,
    Stamp,
    StepError,
)
from newsdrop.errors import ConfigError
from newsdrop.folding import spellings, syllables
from newsdrop.index.document import build_document
from newsdrop.index.factory import open_store
from newsdrop.index.fields import FIELDS
from newsdrop.index.letter import build_letter
from newsdrop.index.local import LocalStore
from newsdrop.index.mapping import differences, index_body
from newsdrop.index.signs import newer_rows, sign_rows, single_rows
from newsdrop.index.store import ElasticsearchOptions
from newsdrop.options import IndexOptions
from newsdrop.settings import load_settings

OPTIONS = IndexOptions()


def leaves(properties: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for name, definition in properties.items():
        if "properties" in definition:
            yield from leaves(definition["properties"], f"{prefix}{name}.")
        else:
            yield prefix + name


def paths(value: Any, prefix: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from paths(inner, f"{prefix}.{name}" if prefix else name)
    elif isinstance(value, list):
        for inner in value:
            yield from paths(inner, prefix)
    else:
        yield prefix


def test_every_field_that_a_document_can_have_is_mapped_since_the_mapping_is_strict() -> None:
    moment = Moment(datetime(2020, 1, 1, tzinfo=UTC))
    article = Article(
        title="t", blocks=[Block("p", "x")], url="https://a.b/c", dek="d", author=["a"], source_name="s",
        section="s", tags=["t"], published=moment, updated=moment, archived_at_ms=5,
        images=[Image(url="u", caption="c", credit="c", alt="a")], captions=["c"],
        links=["l"], related=["r"], embeds=["e"],
        dialect="a", language="en", keywords=["k"], errors=[StepError("s", "t", "m")],
        counts=Counts(chars=1, words=1, paragraphs=1, images=1, links=1, reading_time_s=1),
        fingerprint=Fingerprint(content="c", minhash=["m"]),
    )  # fmt: skip
    drop = Drop(id="d", stamp=Stamp(1, 1), path="/a/b", member="m", collection="c")
    document = build_document(
        article, drop=drop, sha256="s", stamp=Stamp(1, 10_000), ingested_ms=1_700_000_000_000, version="1"
    )
    mapped = set(leaves(index_body("articles", OPTIONS).mappings["properties"]))
    assert set(paths(document.source)) <= mapped
    assert mapped - set(paths(document.source)) == {"duplicate_of", "labels"}
    assert {field.name for field in FIELDS} <= mapped


def test_every_field_that_a_letter_can_have_is_mapped() -> None:
    letter = DeadLetter(
        id="i", status="dead", stage=Stage.READ, error_type="E", error_message="m", group="g",
        first_failed_ms=1, last_failed_ms=2, stack_trace="t", path="/a/b", member="m", name="n", content=b"c",
        attempts=[Attempt(at_ms=1, host="h", stage=Stage.READ, type="E", message="m")],
        stamp=Stamp(1, 10_000), sha256="s", collection="c", receipt="r", task_id="t", version="v", revision=3,
        changed_by="me", changed_ms=4,
    )  # fmt: skip
    document = build_letter(letter)
    assert document.version == 3
    mapped = set(leaves(index_body("dead-letters", OPTIONS).mappings["properties"]))
    assert set(paths(document.source)) == mapped
    named = build_letter(msgspec.structs.replace(letter, path=None, content=None, raw=b"12345"))
    assert (named.source["file"]["name"], named.source["content_bytes"]) == ("n", 5)


def rows_of(name: str) -> dict[str, str]:
    """The rows of a char filter, read as Elasticsearch reads them."""
    rows = index_body("articles", OPTIONS).settings["analysis"]["char_filter"][name]["mappings"]
    pairs = (row.split("=>") for row in rows.split(","))
    return {read_escapes(source): read_escapes(target) for source, target in pairs}


def read_escapes(text: str) -> str:
    units = re.sub(r"\\u([0-9A-F]{4})", lambda code: chr(int(code[1], 16)), text)
    return units.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def test_the_fold_of_the_index_is_the_fold_of_everything_else() -> None:
    assert rows_of("nd_fold_keyword") == spellings()
    texts = spellings() | syllables() | sign_rows() | newer_rows()
    assert rows_of("nd_fold") == single_rows(texts)


@pytest.mark.parametrize("analysis", ["unigram", "pairs"])
def test_the_settings_of_an_index_stay_small(analysis: Any) -> None:
    # Elasticsearch keeps them in the state of the cluster, which every node has in memory.
    body = index_body("articles", IndexOptions(analysis=analysis))
    assert len(json.dumps(body.settings, ensure_ascii=False).encode("utf-8", "surrogatepass")) < 650_000


def test_both_analyses_differ_in_how_texts_are_cut_and_in_nothing_else() -> None:
    singles = index_body("articles", OPTIONS).settings["analysis"]
    pairs = index_body("articles", IndexOptions(analysis="pairs")).settings["analysis"]
    changed = {
        f"{kind}.{name}"
        for kind, parts in singles.items()
        for name, part in parts.items()
        if pairs[kind][name] != part
    }
    texts = {"analyzer.nd_text", "analyzer.nd_text_quote", "analyzer.nd_text_search"}
    assert changed == texts | {"filter.nd_graph"}


def patterns(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "pattern":
                yield inner
            else:
                yield from patterns(inner)


@pytest.mark.parametrize("analysis", ["unigram", "pairs"])
def test_no_pattern_of_an_analyzer_repeats_a_group(analysis: Any) -> None:
    # Java's regular expressions recurse for each repetition of a group: a long query would end the server.
    body = index_body("articles", IndexOptions(analysis=analysis))
    found = list(patterns(body.settings["analysis"]))
    assert len(found) >= 8
    for pattern in found:
        assert not re.search(r"(?<!\\)\)(?:[*+]|\{)", pattern), pattern


def test_the_words_that_are_left_out_have_room_in_their_table() -> None:
    # Lucene's CharArrayMap doubles from 8 places while a quarter more than the words doesn't fit; where it
    # just fits, three quarters of the places are taken, and each term of a text costs some looks more.
    words = index_body("articles", OPTIONS).settings["analysis"]["filter"]["nd_stop"]["stopwords"]
    places = 8
    while places < len(words) + len(words) // 4:
        places *= 2
    assert len(words) / places < 0.5


def test_chunks_of_a_query_are_bounded() -> None:
    tokenizer = index_body("articles", OPTIONS).settings["analysis"]["tokenizer"]["nd_chunk"]
    assert tokenizer["max_token_length"] <= 1_000


def test_the_options_are_in_the_body() -> None:
    body = index_body(
        "articles",
        IndexOptions(shards=3, replicas=2, refresh_interval="7s", analysis="pairs"),
        text_chars=4,
    )
    assert body.settings["number_of_shards"] == "3"
    assert body.live == {
        "number_of_replicas": "2", "refresh_interval": "7s", "gc_deletes": "1s",
        "highlight.max_analyzed_offset": "8",
    }  # fmt: skip
    assert body.mappings["_meta"]["newsdrop"]["analysis"] == "pairs"
    assert body.mappings["dynamic"] == "strict"


def test_an_index_as_it_should_be_does_not_differ() -> None:
    body = index_body("articles", OPTIONS)
    assert differences(body, body.settings, body.mappings) == []


def test_an_index_whose_tables_are_lists_of_rows_does_not_differ() -> None:
    """As newsdrop wrote them before it wrote one text."""
    body = index_body("articles", OPTIONS)
    settings = json.loads(json.dumps(body.settings))
    for table in ("nd_fold", "nd_fold_keyword"):
        char_filter = settings["analysis"]["char_filter"][table]
        char_filter["mappings"] = [row.replace("=>", " => ") for row in char_filter["mappings"].split(",")]
    assert differences(body, settings, body.mappings) == []
    settings["analysis"]["char_filter"]["nd_fold"]["mappings"][7] = "x => Y"
    assert len(differences(body, settings, body.mappings)) == 1


def test_an_index_that_says_nothing_of_highlighting_has_the_servers_own_limit() -> None:
    body = index_body("articles", OPTIONS)
    settings = {name: value for name, value in body.settings.items() if not name.startswith("highlight")}
    (said,) = differences(body, settings, body.mappings)
    assert "highlight.max_analyzed_offset is 1000000, not 10000000" in said


def test_differences_are_told_one_by_one() -> None:
    body = index_body("articles", OPTIONS)
    settings, mappings = json.loads(json.dumps([body.settings, body.mappings]))
    settings["analysis"]["char_filter"]["nd_fold"]["mappings"] += ",x=>y"
    settings["refresh_interval"] = "30s"
    settings["blocks"] = {"write": "true"}
    mappings["_meta"] = {}
    mappings["properties"]["author"]["norms"] = True
    del mappings["properties"]["file"]["properties"]["stamp"]
    said = "\n".join(differences(body, settings, mappings))
    for expected in (
        "mapping version is none; this newsdrop needs 5",
        "Field author has another mapping",
        "Field file.stamp is missing",
        "analysis.char_filter.nd_fold.mappings",
        "refresh_interval is 30s, not 1s",
        "accepts no writes",
    ):
        assert expected in said
    assert max(len(line) for line in said.splitlines()) < 300


@pytest.mark.parametrize("text", ["", "{", "[]", '{"settings": {"index": {}}, "mappings": {}}', "{}"])
def test_a_mapping_file_that_is_none_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "elasticsearch").mkdir()
    (tmp_path / "elasticsearch" / "articles.json").write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=r"articles\.json"):
        index_body("articles", OPTIONS, tmp_path)


def test_without_a_url_the_store_is_the_embedded_one(tmp_path: Path) -> None:
    store = open_store(load_settings({"NEWSDROP_STATE_DIR": str(tmp_path)}))
    assert isinstance(store, LocalStore)
    store.close()


@pytest.mark.parametrize("url", ["nonsense", "ftp://x", "http://host:port", "localhost:9200"])
def test_a_wrong_url_stops_the_start_and_names_the_variable(url: str) -> None:
    with pytest.raises(ConfigError, match="NEWSDROP_ELASTICSEARCH_URL"):
        open_store(load_settings({"NEWSDROP_ELASTICSEARCH_URL": url}))


def test_credentials_never_show() -> None:
    options = ElasticsearchOptions(url="https://u:secret@h:9200", api_key="secret", password="secret")
    assert "secret" not in repr(options)
    store = open_store(load_settings({"NEWSDROP_ELASTICSEARCH_URL": "https://u:secret@h:9200"}))
    assert getattr(store, "where", "") == "https://h:9200"
