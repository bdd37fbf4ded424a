"""Front matter is read as text and lists of texts, and never raises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdrop.archive.frontmatter import find_end, read_front_matter, read_json, read_toml


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("k: plain text", "plain text"),
        ("k: 'it''s'", "it's"),
        (r'k: "a \"b\" \u4f60 \n"', 'a "b" 你 \n'),
        (r'k: "\“囚爱\“"', r"\“囚爱\“"),
        ('k: "he said "yes""', 'he said "yes"'),
        ('k: "a" # comment', "a"),
        ("k: a # comment", "a"),
        ('k: "a"  # comment', "a"),
        ('k: "a"# b', '"a"# b'),
        ("k: 'it''s'\t # comment", "it's"),
        (r'k: "a \"b\" # c"  # comment', 'a "b" # c'),
        ('k: "a" # "b"', "a"),
        ('k: "Foo" and "Bar"', '"Foo" and "Bar"'),
        ("k: 'Foo' and 'Bar'", "'Foo' and 'Bar'"),
        ("k: 'it's a 'nice' day'", "it's a 'nice' day"),
        ("k: [视频] 某某事件", "[视频] 某某事件"),
        ("k: [视频]某某 [图]", "[视频]某某 [图]"),
        ("k: [视频] # comment", ["视频"]),
        ("k: a#b", "a#b"),
        (r'k: "\ud83d\ude00 \ud83d"', "\U0001f600 \ufffd"),
        ("k: !!str 2020", "2020"),
        ('k: &title "a"', "a"),
        ("k: & more", "& more"),
        ("k: {name: 王小明, url: https://a.example}", "王小明"),
        ('k: {url: \'https://a.example\', "name": "A, B"}', "A, B"),
        ("k: {nickname: a}", "{nickname: a}"),
        ("k: [{name: A}, {name: B}]", ["A", "B"]),
        ("k: yes", "yes"),
        ("k: 2020-01-01", "2020-01-01"),
        ("k: null", ""),
        ("k:", ""),
        ("k: a: b", "a: b"),
        ("k: [ a, 'b, c', \"d\" ]", ["a", "b, c", "d"]),
        ("k: []", []),
        ("k: [ a", ["a"]),
        ("k:\n- a\n- 'b'", ["a", "b"]),
        ("k:\n  - a\n  - b", ["a", "b"]),
        ("k:\n  - a\n  # comment\n  - b", ["a", "b"]),
        ("k:\n- a\n# comment\n- b", ["a", "b"]),
        ("k:\n- a\n  b\n- c: d", ["a b", "c: d"]),
        ("k:\n  - name: 张三\n    url: https://e.org\n  - url: x\n    name: '李四'", ["张三", "李四"]),
        ("k:\n- name: 张三\n- 李四", ["张三", "李四"]),
        ("k:\n  name: 张三\n  email: a@e.org", "张三"),
        ("k:\n  indented", "indented"),
        ("k: |\n  one\n  # two\n# comment", "one\n# two"),
        ("k: |\n  one\n  two", "one\ntwo"),
        ("k: >-\n  one\n  two", "one two"),
        ("k: one\n  two", "one two"),
        ("k: [ a,\n  b ]", ["a", "b"]),
    ],
)
def test_values_are_read_as_meant(line: str, value: str | list[str]) -> None:
    assert read_front_matter(f"{line}\nnext: 1\n") == {"k": value, "next": "1"}


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("分类: v", "分类"),
        ("Категория: v", "категория"),
        ("reading time: v", "reading time"),
        ("x-y: v", "x-y"),
        ("2020: v", "2020"),
        ("@type: v", "@type"),
        ("og:title: v", "og:title"),
        ('"Read: first": v', "read: first"),
        ("'分类' : v", "分类"),
        ("rock'n': v", "rock'n'"),
        ("k" * 61 + ": v", "k" * 61),
    ],
)
def test_keys_may_have_any_letters_and_signs(line: str, key: str) -> None:
    assert read_front_matter(line) == {key: "v"}


def test_a_list_below_a_key_of_any_letters_is_its_value() -> None:
    assert read_front_matter("标签:\n  - 甲\n  - 乙\n") == {"标签": ["甲", "乙"]}


def test_lines_that_are_no_entries_are_passed_over() -> None:
    assert read_front_matter("# comment\n!!odd\nTitle: x\n\n&a\n") == {"title": "x"}


def test_the_end_is_the_first_fence_after_the_opening() -> None:
    text = "---\ntitle: a --- b\n---\nbody\n---\n"
    ends = find_end(text)
    assert ends is not None
    assert text[ends[1] :] == "body\n---\n"
    assert find_end("---\ntitle: x\n") is None
    assert find_end("title: x\n---\n") is None


@given(st.text(max_size=400))
def test_no_text_makes_it_raise(text: str) -> None:
    for key, value in read_front_matter(text).items():
        assert key == key.lower()
        assert isinstance(value, str | list)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=60))
def test_a_quoted_value_survives_the_round_trip(text: str) -> None:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    assert read_front_matter(f'k: "{quoted}"') == {"k": text}
    doubled = text.replace("'", "''")
    assert read_front_matter(f"k: '{doubled}'") == {"k": text}


TOML = """title = "A \\"quoted\\" title"
date = 2024-05-06T12:00:00+08:00
day = 2024-05-07
draft = false
weight = 3
tags = ["a", "b"]
[[authors]]
name = "Jane Roe"
[params]
link = "https://example.org/a"
[params.deep]
mood = "blue"
"""


def test_toml_is_read_with_what_stands_in_tables() -> None:
    assert read_toml(TOML) == {
        "title": 'A "quoted" title',
        "date": "2024-05-06T12:00:00+08:00",
        "day": "2024-05-07",
        "draft": "false",
        "weight": "3",
        "tags": ["a", "b"],
        "authors": ["Jane Roe"],
        "link": "https://example.org/a",
        "mood": "blue",
    }


def test_toml_that_is_wrong_keeps_keys_of_any_letters() -> None:
    assert read_toml('wrong\n"阅读 时间" = "5"\n\'x.y\' = "z"\n2020-list = ["a"]\n') == {
        "阅读 时间": "5", "x.y": "z", "2020-list": ["a"]
    }  # fmt: skip


def test_toml_that_is_wrong_is_read_line_by_line() -> None:
    wrong = 'title = "one" and more\ntags = ["a", "b"]\ndate = yesterday\nno entry'
    read = read_toml(wrong)
    assert read["tags"] == ["a", "b"]
    assert read["date"] == "yesterday"
    assert list(read_toml("a = " + "[" * 5_000)) == ["a"]


@given(st.text())
def test_no_toml_makes_it_raise(text: str) -> None:
    read_toml(text)


@pytest.mark.parametrize("sign", ["|", ">", "|-", ">+", "|2-", ">-2", "| # a note"])
def test_the_sign_of_a_block_text_is_never_its_text(sign: str) -> None:
    assert read_front_matter(f"title: {sign}\n  first\n  second\nb: c") == {
        "title": "first second" if sign.startswith(">") else "first\nsecond",
        "b": "c",
    }


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('k: "first\nsecond: part"\nb: c', "first second: part"),
        ("k: 'first\n\nsecond' # note\nb: c", "first second"),
        ('k: [\na,\n  "d, e"\n]\nb: c', ["a", "d, e"]),
        ('k: "never closed\nb: c', '"never closed'),
        ("k: [never closed\nb: c", ["never closed"]),
        ('k: "open\nb: "c" d', '"open'),
    ],
)
def test_quoted_texts_and_lists_go_on_at_the_margin(text: str, value: str | list[str]) -> None:
    assert read_front_matter(text)["k"] == value


def test_an_empty_key_takes_nothing_from_the_one_before_it() -> None:
    assert read_front_matter("title: a\ntitle: b\ntitle:\n") == {"title": "b"}


def test_front_matter_that_is_indented_as_a_whole_is_read() -> None:
    text = "  title: a\n  tags:\n    - x\n    - y\n  date: 2020-01-01\n"
    assert read_front_matter(text) == {"title": "a", "tags": ["x", "y"], "date": "2020-01-01"}


def test_half_a_character_in_json_is_marked_as_damage() -> None:
    assert read_json(r'{"title": "a\ud83d", "\ud83dk": ["\ud83d\ude00", null]}') == {
        "title": "a\ufffd",
        "\ufffdk": ["\U0001f600"],
    }
