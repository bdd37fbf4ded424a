"""Files made to exhaust whoever reads them, in every dialect; run as a program it reads them all, limited.

    python -m tests.inputs.hostile_files     each file's outcome, CPU time and the peak memory, as JSON

It works under the memory limit that worker processes have by default, on the whole way from bytes to article.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable

from tests.inputs.saved_pages import page_of, shipped_parser

from newsdrop.errors import PermanentError
from newsdrop.options import WorkerOptions
from newsdrop.worker.file_timer import limit_memory

LINK = "[t](https://e.org/a)\n------\n\n"
FRONT = "---\ntitle: t\n---\n\n"
MARKDOWN = FRONT + "# x\n\n"
PAGE = "<!doctype html><html><head><title>t</title>"
MB = 1_000_000


def _ld(text: str) -> str:
    return f"{PAGE}<script type=application/ld+json>{text}</script></head><body><p>x"


#: What headers, heads and Markdown can do besides what any HTML can (unit/parse/test_hostile.py).
FILES: dict[str, Callable[[], str]] = {
    "5 MB of divs": lambda: LINK + "<div>" * MB,
    "5 MB of divs in a saved page": lambda: PAGE + "<body>" + "<div>" * MB,
    "5 MB of open and closed divs": lambda: LINK + "<div></div>" * 450_000,
    "20 MB of text": lambda: LINK + "<p>" + "字" * 6 * MB,
    "5 MB of lines": lambda: LINK + "<p>" + "字\n" * MB,
    "6 MB of paragraphs": lambda: LINK + "<p>x" * 200_000 + "x" * 5 * MB,
    "attributes of 50 kB": lambda: LINK + ("<p title='" + "x" * 50_000 + "'>x") * 100,
    "addresses of 50 kB": lambda: LINK + ("<a href='/" + "%25" * 16_000 + "'>x</a>") * 100,
    "pictures of 50 kB": lambda: LINK + ("<img src='/" + "x/../" * 10_000 + "'>") * 100,
    "srcset of 50 kB": lambda: LINK + ("<img srcset='" + "/x.jpg 1w, " * 4_500 + "'>") * 100,
    "classes of 50 kB": lambda: LINK + ("<p class='" + "a " * 25_000 + "'>x") * 100,
    "redirects of 50 kB": lambda: LINK + (
        "<a href='https://l.facebook.com/l.php?u=" + "https://l.facebook.com/l.php?u=" * 1_600 + "'>x</a>"
    ) * 100,
    "null bytes among the text": lambda: LINK + "<p>" + ("字" * 1_500 + "\0") * 500,
    "a header of brackets": lambda: "[" + "](" * 30_000 + "https://e.org/a)\n------\n",
    "a header of addresses": lambda: "[" + "](https://e.org/ " * 3_800 + ")\n------\n",
    "a header of rules": lambda: "[t\n" + "------\n" * 9_000 + "](https://e.org/a)\n------\n",
    "a header of references": lambda: "[" + "&amp;" * 12_000 + "](https://e.org/a)\n------\n",
    "an endless header": lambda: "[" + "x" * 10 * MB,
    "front matter of quotes": lambda: '---\ntags: ["' + '\\" ,"' * 10_000 + "\n---\nx",
    "front matter of lists": lambda: "---\ntags: " + "[" * 30_000 + "\n---\nx",
    "front matter of keys": lambda: "---\n" + "a: b\n" * 12_000 + "---\nx",
    "front matter of fences": lambda: "---\n" + "--- \n" * 12_000,
    "comments before no page": lambda: "<!--x-->" * 600_000 + "<p>",
    "open comments before no page": lambda: "<!--" * MB,
    "declarations before no page": lambda: "<?xml ?>" * 600_000,
    "a page of comments": lambda: "<!-- saved from url=( -->" * 200_000 + "<html>",
    "many metas": lambda: PAGE + "<meta name=author content=x>" * 50_000,
    "a title of 5 MB": lambda: f"<!doctype html><title>{'x' * 5 * MB}</title>",
    "JSON-LD of brackets": lambda: _ld("[" * 400_000),
    "JSON-LD of objects": lambda: _ld('{"@graph":' * 40_000 + "1" + "}" * 40_000),
    "JSON-LD of articles": lambda: _ld("[" + '{"@type":"NewsArticle","@id":"x"},' * 14_000 + "1]"),
    "JSON-LD of lists": lambda: _ld("[" + ("[" + "[]," * 900 + "[]],") * 180 + "1]"),
    "JSON-LD of digits": lambda: _ld("9" * 400_000),
    "JSON-LD of authors": lambda: _ld(
        '{"@type":"NewsArticle","author":[' + '{"@type":"Person","name":"x,"},' * 15_000 + '"y"]}'
    ),
    "scripts of JSON-LD": lambda: PAGE + "<script type=application/ld+json>{}</script>" * 20_000,
    "Markdown of brackets": lambda: MARKDOWN + "[" * 60_000 + "\n\nx",
    "Markdown of pictures": lambda: MARKDOWN + "![" * 15_000 + "\n\nx",
    "Markdown of links": lambda: MARKDOWN + "[a](b" * 20_000 + "\n\nx",
    "Markdown of stars": lambda: MARKDOWN + "*a " * 30_000 + "\n\n**x**",
    "Markdown of mixed marks": lambda: MARKDOWN + "**a_~~" * 10_000 + "\n\nx",
    "Markdown of ticks": lambda: MARKDOWN + "".join("`" * (n % 400 + 1) + "x" for n in range(900)) + "\nx",
    "Markdown of quotes": lambda: MARKDOWN + ">" * 200_000 + "x\n\nx",
    "Markdown of nested lists": lambda: MARKDOWN + "\n".join(" " * 2 * n + "- x" for n in range(600)),
    "Markdown of tables": lambda: MARKDOWN + "|a" * 3_000 + "\n" + "|-" * 3_000 + "\n" + "x\n" * 2_000,
    "Markdown of references": lambda: MARKDOWN + "[x]: /" + "y" * 1_000 + "\n\n" + "[x]" * 15_000,
    "Markdown of fences": lambda: MARKDOWN + "```\n~~~\n" * 8_000,
    "Markdown of braces": lambda: MARKDOWN + "{: .a" * 40_000 + "\n\n" + "{% x " * 40_000,
    "Markdown of empty lines": lambda: MARKDOWN + "x" + "\n \n" * 300_000 + "x",
    "Markdown of HTML": lambda: MARKDOWN + "x\n\ny\n\nz\n\n" + "<i " * 60_000,
    "Markdown over its limit": lambda: MARKDOWN + "# x\n\n" * 300_000,
}  # fmt: skip


def read(data: bytes) -> str:
    """The name of what becomes of it: Article, or the permanent error's. Anything else comes out."""
    try:
        return type(shipped_parser().parse(page_of(data))).__name__
    except PermanentError as error:
        return type(error).__name__


def main() -> None:
    """Read every file and say how it went."""
    shipped_parser()
    limit_memory(WorkerOptions().memory_bytes)
    told = {}
    for name, make in FILES.items():
        data = make().encode()
        begun_s = time.process_time()
        outcome = read(data)
        spent_s = time.process_time() - begun_s
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        told[name] = {"outcome": outcome, "cpu_s": round(spent_s, 2), "peak_mb": peak_mb}
    json.dump(told, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
