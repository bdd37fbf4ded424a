"""Rule files are read strictly, and the right one serves each URL."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsdrop.documents import Page
from newsdrop.errors import ConfigError
from newsdrop.parse.parser import Parser
from newsdrop.parse.rulecheck import check_rules
from newsdrop.parse.rules import RuleError, RuleSet, load_rules, read_rule

DEFAULT = 'root = ["body"]\n'


def write(folder: Path, **files: str) -> Path:
    (folder / "sites").mkdir(parents=True, exist_ok=True)
    for name, text in {"default": DEFAULT, **files}.items():
        (folder / "sites" / f"{name}.toml").write_text(text, "utf-8")
    return folder


def page(url: str, html: str = "<p>x</p>", archived_at_ms: int | None = None) -> Page:
    return Page(dialect="d", html=html, title="t", url=url, archived_at_ms=archived_at_ms)


def site(hosts: str, more: str = "") -> str:
    return f'name = "N"\nhosts = {hosts}\n{more}'


def test_the_longest_host_then_the_longest_path_serves(tmp_path: Path) -> None:
    rules = load_rules(
        [
            write(
                tmp_path,
                a=site('["example.com"]'),
                b=site('["news.example.com"]'),
                c=site('["example.com/中文/x"]'),
            )
        ]
    )
    for url, name in [
        ("https://example.com/a", "a"),
        ("https://WWW.Example.com./a", "a"),
        ("https://news.example.com/a", "b"),
        ("https://deep.news.example.com/a", "b"),
        ("https://example.com/中文/x/1", "c"),
        ("https://example.com/%E4%B8%AD%E6%96%87/x", "c"),
        ("https://example.com/中文/xy", "a"),
        ("https://notexample.com/a", "default"),
        ("https://com/a", "default"),
        ("http://[broken", "default"),
        ("", "default"),
        (None, "default"),
    ]:
        assert rules.for_url(url).id == name, url


def test_a_rule_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b"\xef\xbb\xbf" + site('["a.com"]').encode())
    assert read_rule(path).hosts == ("a.com",)


def test_a_stronger_folder_replaces_file_by_file(tmp_path: Path) -> None:
    weak = write(tmp_path / "weak", a=site('["a.com"]'), b=site('["b.com"]'))
    strong = tmp_path / "strong"
    (strong / "sites").mkdir(parents=True)
    (strong / "sites" / "a.toml").write_text(site('["other.com"]'))
    rules = load_rules([strong, weak])
    assert rules.for_url("https://other.com").id == "a"
    assert rules.for_url("https://a.com").id == "default"
    assert rules.for_url("https://b.com").id == "b"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('name = "N"', "hosts"),
        ('hosts = ["e.com"]', "name"),
        (site('["e.com"]', 'captoin = ["p"]'), "captoin"),
        (site('["e.com"]', '[[era]]\nwehn = "p"'), "wehn"),
        (site('["e.com"]', '[[test]]\nfile = "x"\ncontans = ["x"]'), "contans"),
        (site('["e.com"]', 'drop = "p"'), "drop"),
        (site('["e.com"]', 'drop = ["p["]'), "p["),
        (site('["e.com"]', 'drop = ["p:contains(x)"]'), "contains"),
        (site('["e.com"]', 'drop = ["p@class"]'), "attribute"),
        (site('["e.com"]', '[[era]]\nwhen = ":scope"'), ":scope"),
        (site('["e.com"]', '[[era]]\nuntil = "soon"'), "until"),
        (site('["e.com"]', 'zone = "Mars/Olympus"'), "Mars/Olympus"),
        (site('["e.com"'), "can't be read"),
    ],
)
def test_a_mistake_stops_the_start_and_names_the_file(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(RuleError) as caught:
        load_rules([write(tmp_path, wrong=text)])
    assert isinstance(caught.value, ConfigError)
    assert said in str(caught.value)
    assert "wrong.toml" in str(caught.value)


def test_two_rules_for_one_host_and_no_rules_at_all_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=r"a\.com"):
        load_rules([write(tmp_path / "1", a=site('["a.com"]'), b=site('["www.a.com"]'))])
    with pytest.raises(RuleError, match="no site rules"):
        load_rules([tmp_path / "2"])
    (tmp_path / "3" / "sites").mkdir(parents=True)
    (tmp_path / "3" / "sites" / "a.toml").write_text(site('["a.com"]'))
    with pytest.raises(RuleError, match="default"):
        load_rules([tmp_path / "3"])


ERAS = site(
    '["e.com"]',
    'drop = ["i"]\n[[era]]\nwhen = ".new"\nuntil = "2021-08-31"\nheading = ["b"]\n'
    '[[era]]\nwhen = ".new"\nquote = ["b"]\n[[era]]\nwhen = ".old"\ncaption = ["b"]\n',
)


def test_the_first_era_that_fits_serves_and_shared_roles_hold_in_all(tmp_path: Path) -> None:
    parser = Parser(load_rules([write(tmp_path, e=ERAS)]))
    html = "<p class=new>x<i>y</i></p>"
    early, late = 1_600_000_000_000, 1_700_000_000_000
    assert parser.explain(page("https://e.com/1", html, early)).era == 1
    assert parser.explain(page("https://e.com/1", html, late)).era == 2
    assert parser.explain(page("https://e.com/1", html.replace("new", "old"), late)).era == 3
    unknown = parser.explain(page("https://e.com/1", "<p>x", late))
    assert (unknown.rule, unknown.era) == ("default", 1)
    assert [block.text for block in parser.parse(page("https://e.com/1", html, late)).blocks] == ["x"]


def test_a_selector_that_may_take_minutes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=r"'div:has\(hr ~ p\)' may take minutes"):
        load_rules([write(tmp_path, e=site('["e.com"]', 'drop = ["div:has(hr ~ p)"]'))])


def check(rules: RuleSet, html: str) -> str:
    def open_page(name: str) -> Page:
        if name == "missing":
            raise FileNotFoundError(name)
        return page("https://e.com/1", html)

    with pytest.raises(RuleError) as caught:
        check_rules(rules, open_page)
    return str(caught.value)


def test_a_failing_test_an_unneeded_selector_and_a_missing_sample_are_told_together(tmp_path: Path) -> None:
    rule = site(
        '["e.com"]',
        'drop = [".ad", ".never"]\n[[test]]\nfile = "1"\ncontains = ["没有"]\nlacks = ["正文"]\nkinds = "h"\n'
        '[[test]]\nfile = "missing"\n',
    )
    said = check(load_rules([write(tmp_path, e=rule)]), "<p>正文</p><p class=ad>y</p>")
    for part in ("lacks '没有'", "contains '正文'", "kinds must be 'h', not 'p'", "'.never'", "missing"):
        assert part in said
    assert "'.ad'" not in said


def test_a_test_that_another_rule_serves_is_told(tmp_path: Path) -> None:
    rule = site('["other.com"]', '[[test]]\nfile = "1"\n')
    assert "served by default.toml" in check(load_rules([write(tmp_path, e=rule)]), "<p>x</p>")


READING = """
zone = "Asia/Shanghai"
byline = [{ select = "i", match = '^(.+)\\n' }]
published = [{ select = "i", match = '\\n(.+)$' }, { from = "url", match = '-(\\d{8})$', format = "%m%d%Y" }]
section = [{ from = "title", match = ' - (要闻|副刊)$' }, { from = "url", match = 'com/([a-z]+)/' }]
tag = [{ select = "b", match = '#(\\w+)' }]
"""


def test_facts_are_read_by_pattern_from_elements_the_url_and_the_title(tmp_path: Path) -> None:
    parser = Parser(load_rules([write(tmp_path, e=site('["e.com"]', READING))]))
    html = "<i>甲,乙<br>2020-10-13 14:38:42</i><b>#一 #二</b><p>正文"
    told = Page(dialect="d", html=html, title="题目 - 副刊", url="https://e.com/news/a-01042021")
    article = parser.parse(told)
    assert (article.title, article.section, article.author) == ("题目", "副刊", ["甲", "乙"])
    assert article.published is not None
    assert article.published.at.isoformat() == "2020-10-13T14:38:42+08:00"
    assert article.tags == ["一", "二"]
    bare = parser.parse(Page(dialect="d", html="<p>正文", title="题目 - 别的", url=told.url))
    assert (bare.title, bare.section, bare.author) == ("题目 - 别的", "news", [])
    assert bare.published is not None
    assert (bare.published.at.date().isoformat(), bare.published.precision) == ("2021-01-04", "day")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("drop_text = ['(']", "pattern"),
        ("cut_text = ['(?i)x']", "pattern"),
        ("byline = [{ select = 'i', match = '(' }]", "pattern"),
        ("byline = [{ match = 'x' }]", "select"),
        ("byline = [{ select = 'i', from = 'url' }]", "one of the two"),
        ("byline = [{ select = 'i', format = '%Y' }]", "format"),
        ("byline = [{ from = 'body' }]", "from"),
        ("published = [{ select = 'i', zone = 'x' }]", "zone"),
        ("unlink = ['a@href']", "attribute"),
    ],
)
def test_readings_and_patterns_that_make_no_sense_are_refused(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(RuleError, match=said):
        load_rules([write(tmp_path, e=site('["e.com"]', line))])


def test_a_pattern_that_no_test_needs_is_told(tmp_path: Path) -> None:
    rule = site(
        '["e.com"]', "drop_text = ['^广告$', '^从不$']\n[[test]]\nfile = \"1\"\nblocks = [\"正文\"]\n"
    )
    said = check(load_rules([write(tmp_path, e=rule)]), "<p>正文<p>广告")
    assert "'^从不$'" in said
    assert "'^广告$'" not in said


def test_many_selectors_of_one_class_mean_what_few_do(tmp_path: Path) -> None:
    names = [f"c{number}" for number in range(40)]
    drops = ", ".join(f'".{name}"' for name in names)
    rule = site('["e.com"]', f'drop = ["aside", {drops}]\ncaption = [".aside"]\nbyline = [".who", "h4"]')
    rules = load_rules([write(tmp_path, e=rule)])
    assert rules.rules["e"].eras[0].classes
    html = (
        "<p>一<p class='x c7'>二<p class='c77'>三<aside>四</aside><p class=who>甲"
        "<p><img src=/a.jpg><p class=aside>五"
    )
    article = Parser(rules).parse(page("https://e.com/1", html))
    assert [block.text for block in article.blocks] == ["一", "三"]
    assert (article.author, article.images[0].caption) == (["甲"], "五")
