"""The title of an article: its header's, without the site's name after it, else the page's own heading.

    A harbour reopens - Region - Daily    A harbour reopens    the <h1> says so, and the site is called Daily
    港口今天重新开放：某新闻                港口今天重新开放       likewise
    书评｜一条河                           书评｜一条河          an <h1> of 书评 names a column
    COVID-19                              COVID-19             an <h1> of COVID doesn't end a word

A title is cut after a heading only if what follows is the site's name, or if the heading is long enough to be
a title and isn't in a header of the page; without a heading, where a line of the page says the part, or
before what is called as sites in Chinese are (某某网). Never cuts anything off because of a separator alone:
titles have them, too.

Heads of pages often word the title for search engines and social networks. On a whole page without a rule,
the one <h1> near the article is what readers see, and takes precedence if it says the same in other words:

    Harbour: Why it pays to wait    Why it pays to wait             the <h1>, without the column
    Harbour open! See how           Harbour opens again: see how    the <h1>, in words of its own
    Harbour opens at last           Region Harbour opens at last    not the <h1>: it says all of that and more
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import islice
from typing import Literal, NamedTuple
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsdrop.documents import Page
from newsdrop.hosts import host_of, registrable_domain
from newsdrop.names import clean_text
from newsdrop.parse.elements import BLOCK_TAGS
from newsdrop.parse.explanation import Sourced
from newsdrop.parse.further import heads_others, names_others
from newsdrop.parse.head import Filled, Head
from newsdrop.parse.prompts import prompts_readers
from newsdrop.parse.rules import Era, Rule
from newsdrop.parse.sections import is_section
from newsdrop.parse.selection import ancestors, within
from newsdrop.parse.shown import is_called_title, leads_home, spoken_lines, tab_title
from newsdrop.parse.text import letters, normal, squeezed

__all__ = ["title_of"]

#: Separators that split titles wherever they are; and those that also join words or numbers.
_ALWAYS = r"|｜_•›»ㅣ︱丨：«‹"
_SOMETIMES = r"\-–—·:<>~/"
_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"
_SEPARATOR = re.compile(
    rf"\s*[{_ALWAYS}]+\s*|\s+[{_SOMETIMES}]+\s+|(?<=[{_CJK}》」』）”])[\-–—·:]+(?=[{_CJK}A-Z])|:\s+"
)
#: Before the names of sites and sections; colons and the like stand within titles.
_ENDING = re.compile(
    rf"\s*[|｜_•»ㅣ︱丨]+\s*|\s+(?:@|::|[›‹«<])\s+|\s*(?:-+|–|(?<!—)—(?!—))\s*|(?<=[{_CJK}）)])\s+(?=[{_CJK}])"
)
#: At most this many names follow a title.
_MOST_ENDINGS = 4
_BAR = re.compile(r"\s*[|｜ㅣ丨︱]\s*")
_SEPARATOR_LAST = re.compile(rf"(?:\s*[{_ALWAYS}]+|\s+[{_SOMETIMES}]+|(?<=[{_CJK}])[\-–—·:]+)\s*$")
#: Between the steps of a path that ends with the title.
_STEP = re.compile(r"\s*[〉›»＞>]\s*")
#: How sites in Chinese are called, behind a title or before it.
_SITE = (
    r"(?:[网網]|[报報]|新[闻聞](?:中心|[网網]|台)?|[门門][户戶]|[频頻]道|在[线線]|[线線]上|[电電][视視]台|[视視][频頻]|"
    r"[资資][讯訊]|[杂雜][志誌]|[周週]刊|\.(?:com|cn|net|org|tw|hk))"
)
_SITE_AFTER = re.compile(
    rf"(?:\s*-{{1,2}}[\u3400-\u9fff]{{2,6}}[网網]$)"
    r"|(?P<mark>\s*[_|｜丨ㅣ︱]\s*|\s+(?:[-–—•›»«‹<·]|::)\s+|——)(?:[^_|｜]{1,8}(?:(?P=mark)|\s*_\s*)){0,2}"
    rf"[^_|｜。！？]{{1,20}}{_SITE}(?:\s?[（(].{{1,16}}[）)])?$"
)
_SITE_BEFORE = re.compile(rf"(?P<site>[^\s\-–—|｜_:：]{{2,10}}{_SITE})\s*[\-–—|｜_:：]\s*")
_STAMP = re.compile(
    r"(?<=\S)\s+[（(【\[]?(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}(?:\s+\d{1,2}:\d\d(?::\d\d)?)?[）)】\]]?$"
)
#: What some templates set before a title, even if nothing precedes it.
_LEADING = re.compile(r"\s*[|｜»›•·]+\s+|(?:打印|列印)(?:[页頁]面|预览)?\s*[-_|｜：:]\s*")
_PREFIX = re.compile(rf"(?:\s*[{_ALWAYS}]+|\s+[{_SOMETIMES}]+|(?<=[{_CJK}])[\-–—·:]+|:)\s*$")
_ARTICLE = re.compile(r"^(?:the|der|die|das|le|la|les|el|il)(?=\w{4})")
_ADDED = re.compile(r"(?:news|online|\.(?:com|org|net|co\.uk|de|fr|cn)|[新][聞闻][網网]?|[網网])$")
_COLON = re.compile(r"\s*[:：]")
#: How columns are set off from titles: 栏目｜标题, 栏目：标题.
_COLUMNS = re.compile(r"[|｜：·ㅣ丨︱:]")

#: A heading of this many letters is a title, not a column's name; a CJK letter counts twice, except before
#: what sets off columns.
_LONG_HEADING = 8
_LONGEST_ENDING = 80
_HEADLINE = 16
_SHORTEST_NAME = 2
_LONGEST_TITLE = 1_000
_HEADINGS = 20
_HEADING_TAGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
#: A line is a heading's if one is among so many elements around it.
_HEADING_DEPTH = 2
#: Elements that show the title on pages that have no headings.
_CALLED_TITLES = "[class*=title], [id*=title], [class*=headline]"
#: An <h1> that shares this part of the shorter one's words says what the head's title says. Below the second
#: part, it only replaces a title that the tab doesn't have either.
_SAME_STORY = 0.34
_SAME_SUBJECT = 0.2
_FEWEST_WORDS = 3
_WORD = re.compile(rf"[{_CJK}]|\w+")
#: Readings beside characters, and what no reader sees.
_UNREAD = frozenset(("rt", "rp", "script", "style", "noscript"))
#: After a heading, a link to itself.
_ANCHORS = " ¶"
#: What Google's translator adds to pages has a heading of its own.
_TRANSLATOR = "skiptranslate"


class _Page(NamedTuple):
    document: LexborHTMLParser
    head: Head
    site: Rule
    #: The names of the site, squeezed and in lower case.
    names: frozenset[str]
    whole: bool


def title_of(
    filled: Filled,
    document: LexborHTMLParser,
    head: Head,
    site: Rule,
    era: Era,
    heading: LexborNode | None = None,
) -> Sourced[str]:
    """The title of the article on a page; empty if nothing gives it.

    Args:
        heading: the one <h1> near the article of a whole page that has no rule.
    """
    page, place = filled.page, filled.place("title")
    title = _without_leading(normal(clean_text(page.title)))
    if title and (whole := _unbroken(title, document)):
        title = whole
    if title and heading is not None and "title" in filled.places and not leads_home(heading):
        shown = _text(heading)
        own = _spelled(shown) in _names(page, head, site)
        if not own and len(shown) <= _LONGEST_TITLE and _shows_title(shown, title, document):
            return Sourced(_unstamped(shown, document), "page: <h1>")
    if title:
        shortened = _without_suffixes(title, page.url, site, era)
        # Most titles have only one part, and need no look at the page.
        parted = _SEPARATOR.search(title) or _SITE_AFTER.search(title)
        if shortened != title or len(title) > _LONGEST_TITLE or not parted:
            return Sourced(shortened, place)
    looked_at = _Page(document, head, site, _names(page, head, site), page.whole)
    if not title:
        return _of_page(looked_at)
    headings = list(_shown(document, "h1"))
    # A heading of all of it says that no other one is: that may be a series'.
    for node, shown in headings if all(shown != title for _, shown in headings) else ():
        if _ends_title(shown, title, _holder(node), looked_at.names):
            return Sourced(shown, place)
    return Sourced(_without_site(title, looked_at), place)


def _without_leading(title: str) -> str:
    leading = _LEADING.match(title)
    return title[leading.end() :] if leading else title


def _unbroken(title: str, document: LexborHTMLParser) -> str:
    """The tab's title if the head's ends where it has a quotation mark, which ended an attribute."""
    if document.head is None or document.head.first_child is None:
        return ""
    tab = _tab(document)
    return tab if tab.startswith((f'{title}"', f"{title}'")) else ""


def _unstamped(shown: str, document: LexborHTMLParser) -> str:
    """A heading without the time at its end, unless the tab has it, too."""
    stamp = _STAMP.search(shown)
    return shown[: stamp.start()] if stamp is not None and stamp[0].strip() not in _tab(document) else shown


def _shows_title(shown: str, title: str, document: LexborHTMLParser) -> bool:
    """Whether a heading is what readers see instead of a title that the page's head has in other words."""
    heading, told = letters(shown), letters(title)
    if not heading or told in heading:
        return False
    words, others = (frozenset(_WORD.findall(text.casefold())) for text in (shown, title))
    if heading in told:
        return len(words) >= _FEWEST_WORDS
    shared = len(words & others) / max(1, min(len(words), len(others)))
    if shared >= _SAME_STORY:
        # The site's name is in the title, too.
        parts = _SEPARATOR.split(title)
        story = frozenset(_WORD.findall(f"{parts[0]} {max(parts, key=len)}".casefold()))
        return len(words) >= _FEWEST_WORDS and not words.isdisjoint(story)
    if shared >= _SAME_SUBJECT:
        return False
    tab = _tab(document)
    return title not in tab and _begins(tab, shown)


def _text(node: LexborNode) -> str:
    """The text of an element, without the readings beside its characters; its lines are parted."""
    pieces: list[str] = []
    for inner in node.traverse(include_text=True):
        tag = inner.tag
        if tag == "-text":
            if inner.parent is not None and inner.parent.tag not in _UNREAD:
                pieces.append(inner.text_content or "")
        elif tag == "br" or tag in BLOCK_TAGS:
            pieces.append("\n")
    return normal("".join(pieces)).rstrip(_ANCHORS)


def _names(page: Page, head: Head, site: Rule) -> frozenset[str]:
    label = registrable_domain(host_of(page.url or head.text("url"))).partition(".")[0]
    told = (site.name, *site.also, head.text("site_name"), label.replace("-", ""))
    names = (squeezed(name).casefold() for name in told if name)
    return frozenset(name for name in names if len(name) >= _SHORTEST_NAME)


def _without_suffixes(title: str, url: str | None, site: Rule, era: Era) -> str:
    """The title without the endings that the rule names: the site's name, then a section's."""
    for suffix in site.title_suffix:
        title = title.removesuffix(suffix).rstrip()
    for query in era.roles.get("section", ()):
        told = {"title": title, "title and url": f"{title}\n{unquote(url or '')}"}.get(query.origin or "")
        match = query.match.search(told) if told and query.match else None
        if match is not None and match.start() > 0 and match.end() == len(title):
            return title[: match.start()].rstrip()
    return title


def _ends_title(shown: str, title: str, holder: str, names: frozenset[str]) -> bool:
    """Whether a heading is all of the title because what follows it there is the site or a section of it."""
    if not title.startswith(shown) or len(title) == len(shown):
        return False
    separator = _SEPARATOR.match(title, len(shown))
    if separator is None:
        return False
    rest = title[separator.end() :]
    last = _SEPARATOR.split(rest)[-1]
    if not rest or _is_site(rest, names) or _is_site(last, names):
        return True
    if holder == "header" or len(rest) > _LONGEST_ENDING:
        return False
    # A subtitle may follow a colon just as a site may, but is longer.
    if _COLON.match(separator[0]) and len(rest) > len(shown):
        return False
    return len(shown) >= _LONG_HEADING or (not _COLUMNS.match(separator[0]) and _is_long(shown))


def _without_site(title: str, page: _Page) -> str:
    """The title without the site's name before or after it, and without its section's before that."""
    first = _SEPARATOR.search(title)
    # Before the title, only separators that split wherever they are: "BBC: a history" is a title.
    if first is not None and _BAR.fullmatch(first[0]) and _is_site(title[: first.start()], page.names):
        title = title[first.end() :]
    rest = _before_names(title, page)
    return (_shown_part(rest, page.document) if page.whole else rest) or title


def _before_names(title: str, page: _Page, *, sited: bool = False) -> str:
    """The title without the site's name at its end, and without what sections are called beside that.

    Args:
        sited: the site's name is cut off already.
    """
    section, rest = _spelled(page.head.text("section")), title
    for mark in list(_SEPARATOR.finditer(title))[: -_MOST_ENDINGS - 1 : -1]:
        name = rest[mark.end() :]
        if _is_site(name, page.names):
            sited = True
        elif not is_section(name) and _spelled(name) != section:
            break
        rest = rest[: mark.start()].rstrip()
    return rest if sited else title


def _shown_part(title: str, document: LexborHTMLParser) -> str:
    """The longest part of the title, up to a separator, that is a line of the page.

    What follows is the name of a site or sections if each is shorter and no heading, or if the line is named
    as a title: of a kicker and a title, the page shows both. Before the part, only a site's name is cut off.
    """
    wanted, sure, barred, after = {letters(title): title}, set[str](), set[str](), dict[str, str]()
    cuts = [one for one in _ENDING.finditer(title) if one.start() and one.end() < len(title)]
    for cut in cuts[-_MOST_ENDINGS:]:
        part, rest = title[: cut.start()].rstrip(), title[cut.end() :]
        if _is_long(part):
            wanted.setdefault(letters(part), part)
            after.setdefault(letters(rest), letters(part))
            if _BAR.fullmatch(cut[0]):
                barred.add(letters(part))
            if max(len(letters(one)) for one in _ENDING.split(rest)) <= len(letters(part)):
                sure.add(letters(part))
    if before := _SITE_BEFORE.match(title):
        part = letters(title[before.end() :])
        wanted.setdefault(part, title[before.end() :])
        after.setdefault(letters(before["site"]), part)
        sure.add(part)
    if len(wanted) == 1:
        return title
    said = set[str]()
    for node in spoken_lines(document, (wanted.keys() | after.keys()).__contains__):
        line = letters(_text(node))
        # A longer rest that the page shows, too, is a subtitle.
        if line in after and line not in sure and (_is_heading(node) or after[line] not in sure):
            return title
        titled = line in barred and len(line) >= _LONG_HEADING and _is_heading(node)
        if line in sure or line == letters(title) or titled or is_called_title(node):
            said.add(line)
    shown = max((wanted[one] for one in said & wanted.keys()), key=len, default=title)
    return shown if shown != title else _before_site(title, said, document)


def _before_site(title: str, said: Collection[str], document: LexborHTMLParser) -> str:
    """A title that is a line of the page, or what precedes the site's name in it if that is one, too."""
    if letters(title) not in said:
        return _without_site_name(title, document)
    site = _SITE_AFTER.search(title)
    shown = title[: site.start()] if site is not None else title
    return shown if letters(shown) in said else title


def _without_site_name(title: str, document: LexborHTMLParser) -> str:
    """A title that the page shows nowhere, without what is called as sites in Chinese are."""
    before = _SITE_BEFORE.match(title)
    if before is not None and tab_title(document).startswith(title[before.end() :]):
        return title[before.end() :]
    after = _SITE_AFTER.search(title)
    while after is not None and _is_headline(title[: after.start()]):
        title = title[: after.start()]
        after = _SITE_AFTER.search(title)
    return title


def _is_heading(node: LexborNode) -> bool:
    return any(one.tag in _HEADING_TAGS for one in (node, *islice(ancestors(node), _HEADING_DEPTH)))


def _is_headline(text: str) -> bool:
    """Whether a heading is too long for the name of a section."""
    return len(text) + sum(char > "\u2e80" for char in text) >= _HEADLINE


def _is_long(heading: str) -> bool:
    return len(heading) + sum(char > "\u2e80" for char in heading) >= _LONG_HEADING


def _is_site(text: str, names: frozenset[str]) -> bool:
    """Whether a text is the site's name, or that with what sites add to it (CBC News, 某报网)."""
    spelled = _spelled(text)
    if spelled in names:
        return True
    bare = _bare(spelled)
    return len(bare) >= _SHORTEST_NAME and any(bare == _bare(name) for name in names)


def _bare(spelled: str) -> str:
    """A site's name without an article before it, and without what sites add to it."""
    return _ADDED.sub("", _ARTICLE.sub("", spelled))


def _spelled(name: str) -> str:
    return squeezed(name).casefold()


def _of_page(page: _Page) -> Sourced[str]:
    """The title if neither header nor head gives it: a heading, except the site's name, else the tab's.

    Many sites put their name into an <h1> that leads to their front page or with which the tab's title ends;
    the article's own heading is then an <h2> with which the tab's title begins or ends.
    """
    tab = _without_leading(_tab(page.document))[:_LONGEST_TITLE]
    site = (page.site.name or page.head.text("site_name")).casefold()
    headings = [(node, text, _holder(node)) for node, text in _shown(page.document, "h1")]
    titles = [
        (text, holder)
        for node, text, holder in headings
        if text.casefold() != site
        and not leads_home(node)
        and not _is_others(tab, text)
        and (holder == "article" or not _is_last(tab, text))
    ]
    own = [text for text, holder in titles if holder != "header"]
    lesser = [
        text
        for node, text in _shown(page.document, "h2, h3")
        # An <h1> may continue with a subtitle.
        if _holder(node) != "header" and not any(one.startswith(text) for one in own)
    ]
    called = [] if titles or lesser else (text for _, text in _shown(page.document, _CALLED_TITLES))
    told = {letters(tab[:end]) for end in (*(cut.start() for cut in _SEPARATOR.finditer(tab)), len(tab))}
    ranked = (
        ("h1", (text for text in own if _begins(tab, text))),
        ("h1", (last for text in own if (last := _STEP.split(text)[-1]) != text and _begins(tab, last))),
        ("h2", (text for text in lesser if _is_headline(text) and letters(text) in told)),
        ("h1", (text for text in own if _is_headline(text) and _is_inside(tab, text))),
        ("h2", (text for text in lesser if _begins(tab, text))),
        ("h2", (text for text in lesser if len(text) >= _LONG_HEADING and _ends(tab, text, _PREFIX))),
        ("h1", (text for text, _ in titles if len(text) >= _LONG_HEADING and _begins(tab, text))),
        ("h1", own),
        ("h1", (text for text, _ in titles)),
        ("title", (text for text in called if len(text) >= _LONG_HEADING and _begins(tab, text))),
        (
            "title",
            (
                _before_names(_SEPARATOR_LAST.sub("", tab.removesuffix(one)), page, sited=True)
                for _, one, _ in headings
                if _ends(tab, one)
            ),
        ),
        ("title", [_without_site(tab, page)]),
        ("h1", (text for _, text, _ in headings)),
    )
    for tag, texts in ranked:
        if title := next(filter(None, texts), ""):
            return Sourced(_unstamped(title, page.document), f"page: <{tag}>")
    return Sourced("", "")


def _shown(document: LexborHTMLParser, selector: str) -> Iterator[tuple[LexborNode, str]]:
    nodes = within(document, selector)[:_HEADINGS]
    return ((node, text) for node in nodes if (text := _text(node)) and not _is_translators(node))


def _is_translators(node: LexborNode) -> bool:
    return any(_TRANSLATOR in (holder.attributes.get("class") or "").split() for holder in ancestors(node))


def _tab(document: LexborHTMLParser) -> str:
    """The title that a browser shows in the page's tab."""
    return tab_title(document) or next((text for _, text in _shown(document, "title")), "")


def _begins(tab: str, text: str) -> bool:
    """Whether a tab's title is this one, with or without the site's name after it."""
    return tab == text or (tab.startswith(text) and _SEPARATOR.match(tab, len(text)) is not None)


def _is_inside(tab: str, text: str) -> bool:
    """Whether a tab's title has this text between a kicker before it and the site's name after it."""
    before, _, after = tab.partition(text)
    return bool(before and after) and bool(_PREFIX.search(before) and _SEPARATOR.match(after))


def _ends(tab: str, text: str, separator: re.Pattern[str] = _SEPARATOR_LAST) -> bool:
    """Whether a tab's title is this text with something else before it."""
    return tab != text and tab.endswith(text) and separator.search(tab.removesuffix(text)) is not None


def _is_last(tab: str, text: str) -> bool:
    """Whether a heading is the shorter part of a tab's title, after the article's: the site's name."""
    return _ends(tab, text) and 2 * len(text) < len(tab)


def _is_others(tab: str, text: str) -> bool:
    """Whether a heading is of other stories or a form, or a section between title and site in a tab."""
    first, *others = _SEPARATOR.split(tab)
    if _begins(tab, text):
        return False
    if names_others(text) or heads_others(text) or prompts_readers(text):
        return True
    return text in others[:-1] and len(text) < len(first)


def _holder(node: LexborNode) -> Literal["article", "header", ""]:
    """Whether an element is in an article (including its header), or in the header of the page."""
    found: Literal["header", ""] = ""
    for holder in ancestors(node):
        if holder.tag in ("article", "main"):
            return "article"
        if holder.tag == "header":
            found = "header"
    return found
