"""Whole files of every dialect, hostile, damaged and spliced, end soon as an Article or a PermanentError."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.corpus.sites import KINDS
from tests.inputs.hostile_files import FILES, read
from tests.inputs.saved_pages import ROOT, SAMPLES

#: What we guard against takes minutes, or all memory there is.
BOUND_CPU_S = 25.0
BOUND_MB = 1_500

SAVED = (
    "<!-- saved from url=(0019)https://e.org/a.html -->\n<!doctype html><html><head><title>题 - 站</title>"
    "<link rel=canonical href=https://e.org/a><meta property=og:title content=题>"
    "<meta property=article:published_time content=2020-01-02T03:04:05Z><script type=application/ld+json>"
    '{"@graph":[{"@type":"NewsArticle","headline":"题","author":[{"@type":"Person","name":"林一"}],'
    '"datePublished":"2020-01-02T03:04:05Z","keywords":["a","b"]}]}</script></head>'
    "<body><article><h1>题</h1><p>正文</p><img src=/a.jpg></article></body></html>"
).encode()
MARKDOWN = (
    '---\ntitle: "题"\ndate: 2020-01-02\ntags: [ 一, "二" ]\nlink: https://e.org/a\n---\n\n'
    "# 题\n\n第一段**“重”**。\n\n- 一\n- 二\n\n> 引\n\n|a|b|\n|-|-|\n|1|2|\n\n![图](/a.jpg) [链](https://e.org/b)\n"
).encode()
CORPUS = [kind.file(kind.story(n, seed=1, bytes_=1_500), 1_600_000_000_000) for n, kind in enumerate(KINDS)]
SEEDS = [SAVED, MARKDOWN, *CORPUS, *(path.read_bytes() for path in sorted(SAMPLES.rglob("*.md")))]
GOOD = {"Article"}
PERMANENT = {"EmptyFileError", "NotTextError", "UnknownDialectError", "TooLargeError", "NoArticleError"}

HEADS = st.lists(
    st.sampled_from(
        [
            b"<!doctype html>",
            b"<html>",
            b"<head>",
            b"</head>",
            b"<body>",
            b"<title>",
            b"</title>",
            b"<!-- saved from url=(0019)",
            b"https://e.org/a",
            b"-->",
            b"<!--",
            b"<?xml version='1.0'?>",
            b"<meta name=author content='",
            b"<meta property=og:title content='",
            b"'>",
            b"\xe5\xad\x97",
            b"<link rel=canonical href='",
            b"<script type=application/ld+json>",
            b"</script>",
            b'{"@type":',
            b'"NewsArticle"',
            b'"@graph":',
            b"[",
            b"]",
            b"{",
            b"}",
            b",",
            b'"headline":',
            b'"author":',
            b'"x"',
            b'"datePublished":',
            b'"2020-01-02"',
            b"null",
            b"1e999",
            b"\\ud800",
            b"\x00",
            b"\xff",
            b"<p>",
            b" \n",
        ]
    ),
    max_size=40,
).map(b"".join)
MARKS = st.lists(
    st.sampled_from(
        [
            b"# ",
            b"\n\n",
            b"\n",
            b"- ",
            b"1. ",
            b"> ",
            b"**",
            b"*",
            b"_",
            b"`",
            b"```",
            b"~~",
            b"[",
            b"]",
            b"](",
            b")",
            b"![",
            b"|",
            b"|-|",
            b"<b>",
            b"<p>",
            b"<!--",
            b"-->",
            b"{%",
            b"%}",
            b"{:",
            b"}",
            b"\\",
            b"&amp;",
            b"\xe5\xad\x97",
            b"\xe2\x80\x9c",
            b"    ",
            b"===",
            b"---",
            b"https://e.org",
            b"\x00",
            b"\t",
        ]
    ),
    max_size=60,
).map(b"".join)
FRONT = st.lists(
    st.sampled_from(
        [
            b"---",
            b"\n",
            b"title: ",
            b"date: ",
            b"tags: ",
            b"from: ",
            b"author: ",
            b'"',
            b"'",
            b"[",
            b"]",
            b", ",
            b"- ",
            b"|",
            b">",
            b"#",
            b"\\",
            b"\\u",
            b"2020-01-02",
            b"null",
            b"https://e.org",
            b"\xe5\xad\x97",
            b": ",
        ]
    ),
    max_size=40,
).map(b"".join)
LOOSE = settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.timeout(900)
def test_a_hostile_file_of_any_dialect_is_bounded_in_time_and_memory() -> None:
    # In a process of its own, under the limit that workers have by default.
    child = subprocess.run(
        [sys.executable, "-m", "tests.inputs.hostile_files"],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'workers'}", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    told = json.loads(child.stdout)
    assert set(told) == set(FILES)
    for name, one in told.items():
        assert one["outcome"] in GOOD | PERMANENT, name
        assert one["cpu_s"] < BOUND_CPU_S, name
        assert one["peak_mb"] < BOUND_MB, name


def test_the_files_that_are_too_much_are_refused_as_such() -> None:
    for name in (
        "5 MB of divs",
        "5 MB of divs in a saved page",
        "an endless header",
        "Markdown over its limit",
    ):
        assert read(FILES[name]().encode()) == "TooLargeError"


@LOOSE
@given(HEADS)
def test_any_head_gives_an_article_or_a_permanent_error(head: bytes) -> None:
    for beginning in (b"", b"<!doctype html><head>", b"<html><head><script type=application/ld+json>"):
        assert read(beginning + head) in GOOD | PERMANENT


@LOOSE
@given(st.sampled_from([b"---\ntitle: x\n---\n", b"[t](https://e.org/a)\n------\n\n"]), MARKS)
def test_any_markdown_gives_an_article_or_a_permanent_error(header: bytes, body: bytes) -> None:
    assert read(header + body) in GOOD | PERMANENT


@LOOSE
@given(FRONT, st.binary(max_size=20))
def test_any_front_matter_gives_an_article_or_a_permanent_error(front: bytes, rest: bytes) -> None:
    assert read(b"---\n" + front + b"\n---\n" + rest) in GOOD | PERMANENT


@LOOSE
@given(st.sampled_from(SEEDS), st.integers(0, 100_000))
def test_a_file_cut_anywhere_gives_an_article_or_a_permanent_error(seed: bytes, at: int) -> None:
    assert read(seed[: at % (len(seed) + 1)]) in GOOD | PERMANENT


@LOOSE
@given(st.sampled_from(SEEDS), st.sampled_from(SEEDS), st.integers(0, 100_000), st.integers(0, 100_000))
def test_two_files_spliced_give_an_article_or_a_permanent_error(
    one: bytes, other: bytes, at: int, onwards: int
) -> None:
    assert read(one[: at % len(one)] + other[onwards % len(other) :]) in GOOD | PERMANENT


@LOOSE
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 100_000), st.integers(0, 60), st.binary(max_size=20)), max_size=6),
)
def test_a_file_damaged_in_several_places_gives_an_article_or_a_permanent_error(
    seed: bytes, damages: list[tuple[int, int, bytes]]
) -> None:
    for at, cut, noise in damages:
        at %= len(seed) + 1
        seed = seed[:at] + noise + seed[at + cut :]
    assert read(seed) in GOOD | PERMANENT
