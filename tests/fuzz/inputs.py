"""What is fuzzed: from one seed and a number always the same input, for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from tests.corpus.broken import BROKEN
from tests.corpus.sites import KINDS, when_ms
from tests.fuzz.containers import CONTAINERS
from tests.fuzz.damage import DAMAGES, MOST_BYTES, span
from tests.fuzz.markup import MARKUP
from tests.inputs.saved_pages import SAMPLES
from tests.inputs.web_pages import BRIDGE, HARBOUR, saved_page

__all__ = ["Input", "Maker", "own_seeds"]

_MUTATIONS: Final = (*DAMAGES, *MARKUP)
_ENDINGS: Final = (".html", ".md", ".md", ".txt", "")
_POST: Final = (
    '---\nlayout: post\ntitle: "题：一"\ndate: 2020-01-02T03:04:05+08:00\n'
    'author: 林一\nfrom: https://e.org/a\ntags: [ 一, "二" ]\nx: {a: [b, c]}\n---\n\n# 题\n\n'
    "第一段**“重”**。\n\n- 一\n- 二\n\n> 引\n\n|a|b|\n|-|-|\n|1|2|\n\n"
    "```\ncode\n```\n\n![图](/a.jpg) [链](https://e.org/b) <b>x</b>\n"
)
_HUGO: Final = (
    '+++\ntitle = "题"\ndate = 2018-02-10T13:55:36+00:00\ntags = ["a"]\n'
    '[params]\nauthor = "b"\n+++\n\n正文。\n'
)
_CLIPPED: Final = (
    '---\ntitle: "题"\nsource: "https://e.org/a"\nauthor:\n  - "[[林一]]"\ncreated: 2024-05-06\n---\n正文。\n'
)
_PAGE: Final = (
    "<!doctype html><!-- saved from url=(0019)https://e.org/a -->\n<html lang=zh><head><meta charset=utf-8>"
    "<title>题 - 站 | 网</title><link rel=canonical href=https://e.org/a><meta property=og:title content=题>"
    "<meta property=article:published_time content=2020-01-02T03:04:05Z><script type=application/ld+json>"
    '{"@graph":[{"@type":"NewsArticle","headline":"题","author":[{"@type":"Person","name":"林一"}],'
    '"datePublished":"2020-01-02T03:04:05Z","keywords":["a","b"]}]}</script></head>'
    "<body><nav><a href=/>站</a></nav>"
    "<article><h1>题</h1><p class=byline>记者：林一 2020年1月2日 15:05 来源：网</p><div class=article-body>"
    "<p>第一段有一句完整的话，它足够长，也有标点符号，所以它是正文，而不是别的什么东西，对吧。</p>"
    '<figure><img src="data:image/gif;base64,R0" data-src="/a.jpg" srcset="/a.jpg 1x, /b.jpg 2x">'
    "<figcaption>图：林一</figcaption></figure><h2>小标题</h2><ul><li>一</li><li>二</li></ul><blockquote>引用的话。</blockquote>"
    '<p>第二段也有一句完整的话，其中有<a href="/b">链接</a>和<b>重点</b>，后面还跟着好多字，这样才够长。</p>'
    "<table><caption>表</caption><tr><td>一</td><td>二</td></tr></table></div></article>"
    "<aside class=related><ul><li><a href=/c>别的文章</a></li></ul></aside>"
    "<div class=comments><p>评论一句。</p></div>"
    "<footer>版权所有</footer></body></html>"
)


class Input(NamedTuple):
    """One mutated file. `recipe`: what was done, in this order."""

    number: int
    name: str
    data: bytes
    recipe: tuple[str, ...]


def own_seeds() -> list[bytes]:
    """The project's own pages: every kind of the corpus, good and broken, samples, and pages of tests."""
    corpus = [kind.file(kind.story(n, seed=1, bytes_=1_500), when_ms(n)) for n, kind in enumerate(KINDS)]
    samples = [path.read_bytes() for path in sorted(SAMPLES.rglob("*.md"))]
    scripted = saved_page(
        "https://e.org/<script>", "<script>x</script>\u202e", "<p>&lt;b&gt;<script>x</script>"
    )
    written = [
        text.encode() for text in (_POST, _HUGO, _CLIPPED, _PAGE, _PAGE.replace("题", "Title of the page"))
    ]
    return [*corpus, *(make(1) for make in BROKEN.values()), *samples, BRIDGE, HARBOUR, scripted, *written]


class Maker:
    """Makes inputs of the project's own pages, or of the files in `folders` in their place."""

    def __init__(self, seed: int, folders: Sequence[Path] = ()) -> None:
        self._seed = seed
        files = (file for folder in folders for file in sorted(folder.rglob("*")) if file.is_file())
        found = [file.read_bytes() for file in files if file.stat().st_size <= MOST_BYTES]
        self._seeds = found or own_seeds()

    def input(self, number: int) -> Input:
        """The input of this number."""
        random = Random(f"{self._seed}/{number}")
        data, recipe = random.choice(self._seeds), []
        for _ in range(random.choice((1, 1, 2, 2, 3, 5))):
            data, done = self._mutated(random, data)
            recipe.append(done)
        if random.random() < 0.2:
            container = random.choice(CONTAINERS)
            pages = [data, *(random.choice(self._seeds) for _ in range(random.choice((0, 1, 3))))]
            data = container(random, pages)
            recipe.append(container.__name__)
            if random.random() < 0.7:
                damage = random.choice(DAMAGES)
                data = damage(random, data)
                recipe.append(damage.__name__)
        return Input(
            number, f"{self._seed}-{number}{random.choice(_ENDINGS)}", data[: 4 * MOST_BYTES], tuple(recipe)
        )

    def _mutated(self, random: Random, data: bytes) -> tuple[bytes, str]:
        if random.random() < 0.08:
            other = random.choice(self._seeds)
            begin, end = span(random, other, len(other))
            at = random.randrange(len(data) + 1)
            return data[:at] + other[begin:end] + random.choice((b"", data[at:])), "splice"
        mutation = random.choice(_MUTATIONS)
        return mutation(random, data), mutation.__name__
