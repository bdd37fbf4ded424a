"""Documents for the tests of the index: small ones to order, and a generated Chinese corpus."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from elasticsearch import Elasticsearch
from tests.waiting import PATIENCE_S

from newsdrop.configfiles import find_config_file
from newsdrop.documents import Article, Block, Document, Drop, Image, Stamp
from newsdrop.folding import fold_table
from newsdrop.index.document import build_document
from newsdrop.index.elasticsearch import ElasticsearchStore
from newsdrop.index.store import ElasticsearchOptions
from newsdrop.options import IndexOptions

INGESTED_MS = 1_700_000_000_000
MTIME = 170_000_000_012_345


def make_document(
    number: int | str,
    title: str = "標題",
    text: str = "正文",
    *,
    version: int = 1_000,
    path: str | None = None,
    member: str | None = None,
    ingested_ms: int = INGESTED_MS,
    collection: str | None = None,
    **more: Any,
) -> Document:
    """A document of its own URL; equal numbers are the same article. `version`: easier to read than years."""
    article = Article(
        title=title,
        blocks=[Block("p", line) for line in text.split("\n")],
        url=f"https://www.example.com/{number}",
        archived_at_ms=version,
        images=[Image(url="https://example.com/a.jpg", caption="圖說：維多利亞港", alt="alt text")],
        **more,
    )
    path = f"/drops/{number}.md" if path is None else path
    drop = Drop(id=f"{number}", stamp=Stamp(1, 1), path=path, member=member, collection=collection)
    document = build_document(
        article, drop=drop, sha256="ab" * 32, stamp=Stamp(10, MTIME), ingested_ms=ingested_ms, version="1.0"
    )
    return msgspec.structs.replace(document, version=version)


def mapping_version_1() -> dict[str, Any]:
    """Settings and mappings of an index as version 1 made it: pairs of Han characters."""
    body: dict[str, Any] = json.loads((Path(__file__).parent / "articles_mapping_1.json").read_text("utf-8"))
    rows = [f"{chr(source)} => {chr(target)}" for source, target in sorted(fold_table().items())]
    body["settings"]["index"]["analysis"]["char_filter"]["nd_fold"]["mappings"] = rows
    return body


def plain_mappings(folder: Path) -> Path:
    """A config folder with our mappings, but the standard analyzer in place of ours; its path.

    For tests that ask nothing of what is found: our tables of folding are two thirds of what an index costs.
    """
    (folder / "elasticsearch").mkdir()
    for name in ("articles.json", "dead-letters.json"):
        body = json.loads(find_config_file(f"elasticsearch/{name}").read_text("utf-8"))
        body["settings"]["index"].pop("analysis", None)
        (folder / "elasticsearch" / name).write_text(json.dumps(_plain(body)), "utf-8")
    return folder


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        ours = ("analyzer", "search_analyzer", "search_quote_analyzer", "normalizer", "pairs")
        return {name: _plain(inner) for name, inner in value.items() if name not in ours}
    return value


@contextmanager
def elasticsearch_store(url: str, config: Path | None = None, **options: Any) -> Iterator[ElasticsearchStore]:
    """A store under an alias of its own; its indexes, and no others, are deleted afterwards."""
    alias = f"ndt-{uuid.uuid4().hex[:12]}"
    index_options = IndexOptions(alias=alias, letters=f"{alias}-letters", **options)
    store = ElasticsearchStore(ElasticsearchOptions(url=url, timeout_s=PATIENCE_S), index_options, config)
    try:
        yield store
    finally:
        store.close()
        client = Elasticsearch(url, request_timeout=PATIENCE_S)
        for name in client.indices.get(index=f"{alias}*", expand_wildcards="all").body:
            client.indices.delete(index=name)
        client.close()


@cache
def traditional() -> dict[int, int]:
    """Simplified → one Traditional character, the other way round than the fold."""
    return {simplified: original for original, simplified in fold_table().items()}


_COMMON = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"
    "十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形"
    "相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展"
    "五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战"
    "先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白"
    "教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且"
    "究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号"
    "率族维划选标写存候毛亲快效斯院查江型眼王按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严龙飞香港台湾"
)
_WORDS = ["covid-19", "BBC News", "U.S.", "5G", "G20", "don't", "Beijing", "2020年", "iPhone12", "WHO"]


def generated_corpus(count: int, seed: int = 7) -> list[tuple[str, str]]:
    """Titles and texts, half of them in Traditional script, with Latin words and punctuation between."""
    draw = random.Random(seed)
    articles = []
    for number in range(count):
        text = "".join(_sentence(draw) for _ in range(draw.randint(3, 25)))
        title = "".join(draw.choices(_COMMON, k=draw.randint(4, 20)))
        if number % 2:
            title, text = title.translate(traditional()), text.translate(traditional())
        articles.append((title, text))
    return articles


def _sentence(draw: random.Random) -> str:
    run = "".join(draw.choices(_COMMON, k=draw.randint(3, 30)))
    if draw.random() < 0.3:
        run += draw.choice(["", " "]) + draw.choice(_WORDS) + draw.choice(["", " "])
    return run + draw.choice("，。、！？：；\n「」")
