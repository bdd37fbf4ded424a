"""The fields of an article: for each, the value from its best place, and which place that is.

The header takes precedence, because the archiver wrote it; then come the places that the site's rule names,
then the text itself, and last the page's own head. For deks, and for complete times, the rule's places come
first. Embeds are collected from all of them, tags from the header and the rule's places.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from newsdrop.documents import Block, Image, Moment, Page
from newsdrop.hosts import host_of, registrable_domain
from newsdrop.parse.authors import author_names, is_site_of_tab, site_names
from newsdrop.parse.explanation import Sourced, merged
from newsdrop.parse.head import unless_repeated
from newsdrop.parse.paths import section_of_path
from newsdrop.parse.rules import Rule
from newsdrop.parse.shown import tab_title
from newsdrop.parse.shown_authors import shown_authors
from newsdrop.parse.sources import site_of_tab
from newsdrop.parse.text import normal, squeezed
from newsdrop.parse.tree import Tree
from newsdrop.parse.walker import Walker

__all__ = ["Fields", "authors_of", "fields_of", "without_own_names"]

_LONGEST_BYLINE = 100
#: So many blocks show which language a page is in that says none.
_BEGINNING = 3
#: A longer name of a site may be the article's title instead.
_LONGEST_NAME = 30
_EMBEDDED_URL = re.compile(r"(?:https?:)?//[^\s\"'<>]+")
#: Some descriptions have markup, which may be cut off.
_TAG = re.compile(
    r"</?(?:a|b|blockquote|br|div|em|font|h[1-6]|i|img|li|ol|p|span|strong|table|td|tr|ul)(?:\s[^<>]*)?/?(?:>|$)",
    re.IGNORECASE,
)
_HAN = re.compile("[\u3400-\u9fff]")
#: Whom a page calls an editor, and whom a writer.
_HAN_NAME = re.compile(r"[\u3400-\u9fff]{2,4}")
_EDITED = re.compile(r"(?:[编編][辑輯審审]|[责責][编編])\s?[：:]([^。：:]{2,30})")
_WROTE = re.compile(r"(?:(?:作者|[记記]者)\s?[：:]?|文\s?[：:/／])([^。：:]{2,30})")
#: Where pictures and links are from, as well as authors that no element names.
_TEXT = "text"
_SIGNED = "text: a byline"
_SHOWN = "page: its byline"


class Fields(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The value of each field of an article, and where it is from."""

    title: Sourced[str]
    text: Sourced[list[Block]]
    url: Sourced[str | None]
    domain: Sourced[str | None]
    dek: Sourced[str | None]
    author: Sourced[list[str]]
    source_name: Sourced[str | None]
    section: Sourced[str | None]
    tags: Sourced[list[str]]
    published: Sourced[Moment | None]
    updated: Sourced[Moment | None]
    archived_at: Sourced[int | None]
    labels: Sourced[Any]
    images: Sourced[list[Image]]
    captions: Sourced[list[str]]
    links: Sourced[list[str]]
    related: Sourced[list[str]]
    embeds: Sourced[list[str]]
    language: Sourced[str | None]


def fields_of(
    tree: Tree, walker: Walker, title: Sourced[str], blocks: list[Block], authors: Sourced[list[str]]
) -> Fields:
    """The fields of the article on a page.

    Args:
        blocks: the article's text.
        authors: what `authors_of` gives for it.
    """
    filled, times = tree.filled, tree.times
    page, header = filled.page, filled.header
    url = filled.place("url")
    return Fields(
        title=title,
        text=Sourced(blocks, tree.roots.place),
        url=Sourced(page.url, url),
        domain=Sourced(registrable_domain(host_of(page.url)) or None, url),
        dek=_dek(tree, title.value, blocks, walker.images),
        author=authors,
        source_name=_source_name(tree, title.value, blocks),
        section=_section(tree, title.value),
        tags=_tags(tree),
        published=times.published,
        updated=_after(times.updated, times.published.value),
        archived_at=Sourced(page.archived_at_ms, header),
        labels=Sourced(page.labels, header),
        images=Sourced(walker.images, _TEXT),
        captions=Sourced(walker.pictures.lone_captions, _TEXT),
        links=Sourced(walker.links, _TEXT),
        related=Sourced(walker.related, _TEXT),
        embeds=merged((Sourced(walker.embeds, _TEXT), *_embedded(tree))),
        language=tree.head.language,
    )


def without_own_names(page: Page, site: Rule) -> Page:
    """The page without its channel's name as a tag, and without it as an author if the channel is the site.

    In that case `source_name` holds the name; if the channel is who writes there, the author does.
    """
    channel = (page.channel or "").casefold()
    if not channel:
        return page
    own = {name.casefold() for name in (site.name, *site.also) if name}
    author = page.author if channel not in own else [one for one in page.author if one.casefold() != channel]
    held = channel in own or channel in [name.casefold() for name in author]
    tags = [tag for tag in page.tags if not (held and tag.casefold() == channel)]
    return msgspec.structs.replace(page, author=author, tags=tags)


def _dek(tree: Tree, title: str, blocks: list[Block], images: list[Image]) -> Sourced[str | None]:
    named, page, head = tree.facts.texts("dek"), tree.filled.page, tree.head
    if named.value:
        return Sourced(" ".join(named.value), named.place)
    if page.dek:
        return Sourced(page.dek, tree.filled.header)
    captions = [image.caption for image in images if image.caption]
    told = normal(_TAG.sub(" ", head.text("dek")))
    return Sourced(unless_repeated(told, title, blocks, captions), head.place("dek"))


def _section(tree: Tree, title: str) -> Sourced[str | None]:
    page = tree.filled.page
    if page.section:
        return Sourced(page.section, tree.filled.place("section"))
    named = tree.facts.texts("section")
    if named.value or not (tree.unknown and page.whole):
        return Sourced(named.value[0] if named.value else None, named.place)
    if step := tree.head.text("path"):
        return Sourced(step, tree.head.place("path"))
    return Sourced(section_of_path(tree.facts.survey, title), "page: the path to it")


def _is_of_other_part(tree: Tree, title: str, blocks: Sequence[Block]) -> bool:
    """Whether a page isn't of its site's Chinese part, after which the rule that can't read it is called."""
    language = tree.head.language.value
    if language is None:
        beginning = " ".join([title, *(block.text for block in blocks[:_BEGINNING])])
        foreign = tree.filled.page.whole and _HAN.search(beginning) is None
    else:
        foreign = not language.lower().startswith("zh")
    return tree.unknown and foreign and _HAN.search(tree.site.name or "") is not None


def _tags(tree: Tree) -> Sourced[list[str]]:
    tags = merged((Sourced(tree.filled.page.tags, tree.filled.header), *tree.facts.each("tag")))
    return tags if tags.value else Sourced(tree.head.texts("tags"), tree.head.place("tags"))


def _source_name(tree: Tree, title: str, blocks: Sequence[Block]) -> Sourced[str | None]:
    """The site's name, by its rule or the head; else the article's channel, if that is also its author; else
    what the tab ends with."""
    page, head = tree.filled.page, tree.head
    if tree.site.name and not _is_of_other_part(tree, title, blocks):
        return Sourced(tree.site.name, f"rule: {tree.site.id}.toml")
    name = head.text("site_name")
    if name in _WECHAT and (account := _account(tree)):
        return Sourced(account, f"page: {_ACCOUNT}")
    if name and (len(name) <= _LONGEST_NAME or squeezed(name) != squeezed(title)):
        return Sourced(name, head.place("site_name"))
    if page.channel is not None and page.channel in page.author:
        return Sourced(page.channel, tree.filled.header)
    shown = site_of_tab(tab_title(tree.document), title, page.url) if page.whole and tree.unknown else None
    return Sourced(shown, "page: the end of its tab's title" if shown else "")


#: Who publishes an article on WeChat, and what WeChat calls itself.
_ACCOUNT = "#js_name, .wx_follow_nickname"
_WECHAT = ("微信公众平台", "Weixin Official Accounts Platform")
#: An agency or a site, for which whoever signs the text writes.
_OUTLET = re.compile(
    r"(?:社|[鹅鵝条條家鱼易狐]号|[报報]|[网網]|[台臺]|新[闻聞]|中心|[频頻]道|在[线線])$|^[a-z.\d-]+$"
)


def authors_of(tree: Tree, signed: list[str], told: Callable[[], list[str]]) -> Sourced[list[str]]:
    """The header's authors, with those who sign the text; else those of the page's bylines, then of its
    text, and last of its head.

    Outlets give way to people.

    Args:
        signed: the names in the lines that were taken out of the text as bylines.
        told: finds the writers that other words of the text name.
    """
    page, head, site = tree.filled.page, tree.head, tree.site
    sites = site_names(site.name, *site.also, head.text("site_name"), url=page.url)
    tab = tab_title(tree.document) if page.whole else ""
    stated = Sourced(_unless_site(_stated(page, sites), tab), tree.filled.place("author"))
    named = Sourced[list[str]]([], "")
    writers = signed or ([] if stated.value and not tree.unknown else told())
    wrote = Sourced([name for name in dict.fromkeys(writers) if name not in sites], _SIGNED)
    if tree.unknown and page.whole and not stated.value:
        named = Sourced(shown_authors(tree.roots.value, tree.facts, sites), _SHOWN)
    if not named.value:
        bylines = tree.facts.texts("byline")
        short = [text for text in bylines.value if len(text) <= _LONGEST_BYLINE]
        named = Sourced(_unless_site(author_names(short, sites), tab), bylines.place)
    if wrote.value and (not named.value or (tree.unknown and all(map(_OUTLET.search, named.value)))):
        named = wrote
    if stated.value:
        # Headers end a long list with "& more"; the page names them all.
        more = len(named.value) > 1 and not set(stated.value).isdisjoint(named.value)
        # An account may post what others wrote: now that their line is no text, they are named nowhere else.
        return merged((stated, named)) if more else merged((stated, wrote) if signed else (stated,))
    if named.value:
        return Sourced(_unless_editors(tree, named.value, told), named.place)
    if names := _unless_site(author_names(head.texts("byline"), sites), tab):
        return Sourced(_unless_editors(tree, names, told), head.place("byline"))
    if account := _account(tree):
        return Sourced([account], f"page: {_ACCOUNT}")
    return Sourced([name for name in page.author if name.casefold() == "anonymous"], stated.place)


def _account(tree: Tree) -> str:
    """The account on WeChat that published the page, or nothing."""
    if not (tree.filled.page.whole and tree.unknown):
        return ""
    account = tree.document.css_first(_ACCOUNT)
    return normal(account.text()) if account is not None else ""


def _unless_editors(tree: Tree, names: list[str], told: Callable[[], list[str]]) -> list[str]:
    """The names, without those whom the page calls editors and no writers, in favour of who reports.

    What Chinese sites call an author in their heads is whoever put the text there.
    """
    body = tree.document.body if tree.unknown and tree.filled.page.whole else None
    if body is None or not all(map(_HAN_NAME.fullmatch, names)):
        return names
    page = body.text()
    edited = {name for one in _EDITED.finditer(page) for name in names if name in one[1]}
    wrote = {name for one in _WROTE.finditer(page) for name in names if name in one[1]} if edited else edited
    if not edited or not edited.isdisjoint(wrote):
        return names
    return [name for name in names if name not in edited] or told()


def _stated(page: Page, sites: list[str]) -> list[str]:
    """The header's authors. An account that is called after its channel is one, whatever else it says."""
    accounts = [text for text in page.author if page.channel and _is_account(text, page.channel)]
    others = [text for text in page.author if text not in accounts]
    return [*(" ".join(text.split()) for text in accounts), *author_names(others, sites)]


def _is_account(author: str, channel: str) -> bool:
    name, start = author.casefold(), channel.casefold()
    rest = name.removeprefix(start)
    if rest != name:
        return not (rest[:1].isalnum() and rest[:1].isascii() and start[-1].isascii())
    return name.endswith(f" {start}")


def _unless_site(names: list[str], tab: str) -> list[str]:
    return [name for name in names if not is_site_of_tab(name, tab)]


def _after(updated: Sourced[Moment | None], published: Moment | None) -> Sourced[Moment | None]:
    """The time of the update, unless it only repeats that of the publication."""
    if updated.value is None or (published is not None and updated.value.at <= published.at):
        return Sourced(None, "")
    return updated


def _embedded(tree: Tree) -> Iterator[Sourced[list[str]]]:
    for said in tree.facts.each("embed"):
        urls = (match[0] for text in said.value if (match := _EMBEDDED_URL.search(text)))
        yield Sourced([url if url.startswith("http") else f"https:{url}" for url in urls], said.place)
