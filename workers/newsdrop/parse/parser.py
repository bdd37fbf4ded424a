"""The parse room's door: a page's header and HTML made into an Article by the rule of its site."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import msgspec
from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsdrop.documents import Article, Block, Moment, Page, StepError
from newsdrop.errors import InterstitialError, NoArticleError
from newsdrop.hosts import host_of, registrable_domain
from newsdrop.options import Limits
from newsdrop.parse.authors import author_names, site_names
from newsdrop.parse.bylines import signatures
from newsdrop.parse.dateline import Shown, article_times
from newsdrop.parse.endings import endings
from newsdrop.parse.explanation import (
    Explanation,
    Match,
    dropped_by_pattern,
    dropped_by_rule,
    left_outside,
    origins,
)
from newsdrop.parse.facts import Facts
from newsdrop.parse.head import Head, filled, read_head, unless_repeated
from newsdrop.parse.interstitials import stands_in
from newsdrop.parse.links import Base
from newsdrop.parse.markup import check_depth, check_markup
from newsdrop.parse.repair import shown_shadows, unglued
from newsdrop.parse.root import Root, find_root
from newsdrop.parse.rules import Era, Query, Rule, RuleSet
from newsdrop.parse.selection import anywhere, within
from newsdrop.parse.shown_authors import shown_authors
from newsdrop.parse.text import normal, squeezed
from newsdrop.parse.titles import title_of
from newsdrop.parse.walker import Options, Walker
from newsdrop.parse.zones import read_names

__all__ = ["ROOT_STEP", "Explanation", "Match", "Parser"]

#: Of two roles for one element the later wins.
_MARKED = (
    "heading", "quote", "section", "tag", "dek", "updated", "published", "byline", "embed",
    "caption", "credit", "unlink", "related", "cut_after", "drop",
)  # fmt: skip
_LARGEST_OF = 50
#: The name under which a document says that its text may not be the article's.
ROOT_STEP = "root"
#: The share of the page's prose below which a text is doubtful.
_DOUBTFUL = 0.3
#: So far out stands what hides a formula.
_AROUND_FORMULA = 3

_LONGEST_BYLINE = 100
_EMBEDDED_URL = re.compile(r"(?:https?:)?//[^\s\"'<>]+")


class _Tree(msgspec.Struct, frozen=True):
    """A parsed page, the rule that fits it, and the roles of its elements.

    `page` is as the archive gave it, but that its own head fills what the header left open. `site`: whose
    name and zone hold; `rule`: whose selectors do, which is the default for whole pages of a site whose rule
    only knows what feeds deliver of them.
    """

    page: Page
    head: Head
    document: LexborHTMLParser
    site: Rule
    rule: Rule
    era: Era
    roles: dict[int, str]
    roots: list[LexborNode]
    facts: Facts
    #: What the evidence says of the root; None where none was asked for, or the page has no prose.
    root: Root | None
    #: Whether the default rule serves the page.
    unknown: bool
    times: Shown


class Parser:
    """Parses pages by site rules. Stateless but for rules and limits; safe to share between threads."""

    def __init__(self, rules: RuleSet, limits: Limits | None = None) -> None:
        self._rules = rules
        self._limits = limits or Limits()

    def parse(self, page: Page) -> Article:
        """The article on the page.

        Raises:
            NoArticleError: it has neither a title nor any text; or it is a whole page, and has no text.
            InterstitialError: it is a notice in the place of an article.
            TooLargeError: over limits.html_depth or limits.text_chars, or markup made to exhaust.
        """
        tree = self._tree(page)
        page = tree.page
        walker, signed = self._walked(page, tree)
        title = title_of(page, tree.document, tree.head, tree.site, tree.era)
        blocks = _without_title(walker.blocks, title)
        _check_article(page, tree, title, blocks)
        return self._article(page, tree, walker, title, blocks, signed)

    def _walked(self, page: Page, tree: _Tree) -> tuple[Walker, list[str]]:
        """The page as it was walked, and whom the lines name that were taken from it as bylines."""
        walker = self._walk(page, tree)
        tree.facts.words = walker.fields
        walker.take_posts()
        signed = signatures(walker.blocks, tree.era.joined.get("byline_text"))
        walker.leave_out(signed.blocks)
        walker.leave_out(endings(walker.blocks, walker.linked, tree.era.joined.get("tail_text")))
        return walker, signed.names

    def _walk(self, page: Page, tree: _Tree) -> Walker:
        options = Options(
            base=Base(page.url or tree.site.base, _base_href(tree.document)),
            br_paragraphs=tree.rule.br_paragraphs,
            noscript=tree.rule.noscript,
            link_lists=tree.rule.link_lists,
            pictures=tree.head.texts("image"),
            # No page has more text than markup: counting it is for those that are longer than the limit.
            text_chars=self._limits.text_chars if len(page.html) > self._limits.text_chars else None,
            drop_text=tree.era.joined.get("drop_text"),
            cut_text=tree.era.joined.get("cut_text"),
        )
        walker = Walker(tree.roles, options)
        for root in tree.roots:
            walker.walk(root)
        return walker

    def explain(self, page: Page) -> Explanation:
        """How `parse` reads the page.

        Raises:
            NoArticleError, InterstitialError, TooLargeError: as `parse`.
        """
        article, tree = self.parse(page), self._tree(page)
        walker, _ = self._walked(tree.page, tree)
        kept = walker.fields.kept if walker.fields is not None else ()
        matches = [
            Match(role, query.spelling, _count(tree, role, query))
            for role, queries in tree.era.roles.items()
            for query in queries
        ]
        matches += [
            Match(kind, pattern, sum(re.search(pattern, text) is not None for text in walker.left_out))
            for kind, patterns in tree.era.patterns.items()
            for pattern in patterns
        ]
        if tree.era.when:
            matches.insert(0, Match("when", tree.era.when, len(within(tree.document, tree.era.when))))
        return Explanation(
            dialect=page.dialect,
            encoding=page.encoding,
            rule=tree.rule.id,
            era=tree.era.number,
            matches=matches,
            origins=origins(
                page,
                article,
                tree.head,
                tree.site,
                tree.facts.told(tree.site.zone),
                matches,
                _chosen(tree.root),
            ),
            dropped=[
                *dropped_by_rule(tree.document, tree.era, tree.roles, kept),
                *dropped_by_pattern(walker.left_out, tree.era),
                *left_outside(tree.document, tree.roots, tree.roles),
            ],
        )

    def _tree(self, page: Page) -> _Tree:
        source = page.url or "The page"
        deepest = check_markup(page.html, self._limits.html_depth, source)
        rule = self._rules.for_url(page.url)
        html = shown_shadows(page.html)
        document = LexborHTMLParser(unglued(html) if rule.glued_tags else html)
        root = document.root
        if root is not None and deepest > self._limits.html_depth:
            check_depth(root, self._limits.html_depth, source)
        head = read_head(document, page.url)
        site = rule if page.url else self._rules.for_url(head.text("url"))
        rule, era = self._fitting(page, site, document)
        unions = era.unions
        found = {role: within(document, unions[role]) for role in _MARKED if role in unions}
        unknown = rule is self._rules.default
        zones, captions = read_names(document, era.classes, found, unknown=unknown)
        roles = {node.mem_id: role for role in _MARKED for node in found.get(role, ())}
        for role, selector in era.kept:
            for node in within(document, selector):
                if roles.get(node.mem_id) == role:
                    del roles[node.mem_id]
        _keep_formulas(document, roles, html)
        page = filled(_without_own_names(page, site), head, site.zone)
        found_root = None
        if unknown:
            roles = {**dict.fromkeys(captions, "caption"), **roles}
            title = page.title or _tab(document)
            found_root = find_root(document, era, found, roles, zones, title, whole=page.whole)
        if found_root is not None:
            _change(roles, found_root.roles)
        roots = found_root.parts if found_root is not None else list(_roots(document, era))
        facts = Facts(page, document, era, found, roots, head.order)
        times = article_times(page, head, document, roots, facts, site.zone)
        starts = {root.mem_id for root in roots}
        for line in times.lines:
            if line.mem_id not in starts:
                roles.setdefault(line.mem_id, "published")
        return _Tree(page, head, document, site, rule, era, roles, roots, facts, found_root, unknown, times)

    def _fitting(self, page: Page, site: Rule, document: LexborHTMLParser) -> tuple[Rule, Era]:
        default = self._rules.default
        for candidate in (site, default):
            for era in candidate.eras:
                late = era.until_ms is not None and (page.archived_at_ms or 0) >= era.until_ms
                if late or (era.when is not None and not anywhere(document, era.when)):
                    continue
                # Around the article of a whole page stands all else: only a root tells where it is.
                if page.whole and candidate is not default and not _has_root(era, document):
                    continue
                return candidate, era
        return default, default.eras[-1]

    def _article(
        self, page: Page, tree: _Tree, walker: Walker, title: str, blocks: list[Block], signed: list[str]
    ) -> Article:
        facts, head, times = tree.facts, tree.head, tree.times
        embeds = [*walker.embeds, *_embedded(tree)]
        return Article(
            title=title,
            blocks=blocks,
            url=page.url,
            domain=registrable_domain(host_of(page.url)) or None,
            dek=" ".join(facts.texts("dek")) or page.dek or unless_repeated(head.text("dek"), title, blocks),
            author=_authors(page, tree, signed),
            source_name=tree.site.name or head.text("site_name") or _channel(page),
            section=page.section or next(iter(facts.texts("section")), None),
            tags=list(dict.fromkeys([*page.tags, *facts.all_texts("tag")])) or head.texts("tags"),
            published=times.published,
            updated=_after(times.updated, times.published),
            archived_at_ms=page.archived_at_ms,
            labels=page.labels,
            images=walker.images,
            links=walker.links,
            related=walker.related,
            embeds=list(dict.fromkeys(embeds)),
            dialect=page.dialect,
            rule=tree.rule.id,
            errors=_doubts(page, tree, blocks),
            said_language=head.language,
        )


def _chosen(root: Root | None) -> str:
    """What the page's prose chose for the text."""
    if root is None:
        return ""
    return f"rule: root {root.query.spelling}" if root.query is not None else "where the page's prose is"


def _check_article(page: Page, tree: _Tree, title: str, blocks: list[Block]) -> None:
    """Refuse a page that is no article.

    Raises:
        NoArticleError, InterstitialError: as `Parser.parse`.
    """
    place = page.url or "no URL"
    if page.whole:
        headings = (normal(node.text()) for node in within(tree.document, "h1")[:1])
        instead = stands_in([title, _tab(tree.document), *headings], blocks)
        if instead:
            raise InterstitialError(
                f"The page of {place} is no article but {instead} ({title!r}); save the article again."
            )
    if not title and not blocks:
        raise NoArticleError(f"The page of {place} has neither a title nor any text.")
    if page.whole and not blocks:
        raise NoArticleError(
            f"The page of {place} ({title!r}) has no text: it may come from a script or stand in a frame."
        )


def _doubts(page: Page, tree: _Tree, blocks: list[Block]) -> list[StepError]:
    """What the document says of a text that may not be the article's."""
    if not blocks:
        return [StepError(ROOT_STEP, "NoText", "The body has no text.")]
    if not (page.whole and tree.unknown):
        return []
    if tree.root is None:
        return [StepError(ROOT_STEP, "NoProse", "No sentence stands on the page: its text may be a menu's.")]
    if tree.root.held < _DOUBTFUL:
        said = (
            f"The text holds {tree.root.held:.0%} of the page's prose: the article may be another part of it."
        )
        return [StepError(ROOT_STEP, "DoubtfulRoot", said)]
    return []


def _base_href(document: LexborHTMLParser) -> str | None:
    """What the page's head says that its addresses are relative to. A fragment has no head."""
    head = document.head
    bases = within(head, "base[href]") if head is not None and head.first_child is not None else []
    return bases[0].attributes["href"] if bases else None


def _keep_formulas(document: LexborHTMLParser, roles: dict[int, str], html: str) -> None:
    """Take the role off what hides a formula: it is hidden beside its own picture or drawing."""
    for formula in within(document, "math") if "<math" in html else ():
        holder: LexborNode | None = formula
        for _ in range(_AROUND_FORMULA):
            if holder is not None and roles.get(holder.mem_id) == "drop":
                del roles[holder.mem_id]
            holder = holder.parent if holder is not None else None


def _change(roles: dict[int, str], changes: Mapping[int, str | None]) -> None:
    for place, role in changes.items():
        if role is None:
            roles.pop(place, None)
        else:
            roles[place] = role


def _tab(document: LexborHTMLParser) -> str:
    title = document.css_first("title")
    return normal(title.text()) if title is not None else ""


def _count(tree: _Tree, role: str, query: Query) -> int:
    """How often one entry of a role found something."""
    if query.match is not None or query.origin is not None:
        return len(tree.facts.read(role, query))
    return len(within(tree.document, query.selector))


def _has_root(era: Era, document: LexborHTMLParser) -> bool:
    return any(anywhere(document, era.unions[role]) for role in ("root", "lead") if role in era.unions)


def _roots(document: LexborHTMLParser, era: Era) -> Iterator[LexborNode]:
    """Where the body's text is: the leads, then what the first root selector that matches gives."""
    for query in era.roles.get("lead", ()):
        yield from within(document, query.selector)
    queries = era.roles.get("root", ())
    if len(queries) > 1 and not anywhere(document, era.unions["root"]):
        # Feeds deliver bodies without any container: one query says so, instead of one for each selector.
        queries = ()
    for query in queries:
        nodes = within(document, query.selector)
        if nodes:
            # Pages repeat their container for teasers; the article is the one with the most text.
            yield nodes[0] if len(nodes) == 1 else max(nodes[:_LARGEST_OF], key=lambda node: len(node.text()))
            return
    body = document.body or document.root
    if body is not None:
        yield body


def _without_title(blocks: list[Block], title: str) -> list[Block]:
    """The blocks without those that only repeat the title: headings, and whatever stands first."""
    if not title:
        return blocks
    wanted = squeezed(title)
    return [
        block
        for index, block in enumerate(blocks)
        if not ((index < 2 or block.kind == "h") and squeezed(block.text) == wanted)
    ]


def _authors(page: Page, tree: _Tree, signed: list[str]) -> list[str]:
    """The header's authors; else those of the page's bylines, its text's own, and last those of its head."""
    sites = site_names(tree.site.name, *tree.site.also, tree.head.text("site_name"), url=page.url)
    told = author_names(page.author, sites)
    bylines = [text for text in tree.facts.texts("byline") if len(text) <= _LONGEST_BYLINE]
    shown = shown_authors(tree.document, tree.roots, tree.facts, sites) if _unnamed(page, tree, told) else []
    named = (
        shown or author_names(bylines, sites) or [name for name in dict.fromkeys(signed) if name not in sites]
    )
    if told:
        # Headers end a long list with "& more"; the page names all.
        more = len(named) > 1 and not set(told).isdisjoint(named)
        return list(dict.fromkeys([*told, *named])) if more else told
    anonymous = [name for name in page.author if name.casefold() == "anonymous"]
    return named or author_names(tree.head.texts("byline"), sites) or anonymous


def _unnamed(page: Page, tree: _Tree, told: list[str]) -> bool:
    """Whether the authors are to be looked for where the page shows them."""
    return tree.unknown and page.whole and not told


def _without_own_names(page: Page, site: Rule) -> Page:
    """The page without the name of its channel as a tag, and without it as an author where that is the site.

    Then `source_name` holds it; where it is who writes there, the author does.
    """
    channel = (page.channel or "").casefold()
    if not channel:
        return page
    own = {name.casefold() for name in (site.name, *site.also) if name}
    author = page.author if channel not in own else [one for one in page.author if one.casefold() != channel]
    held = channel in own or channel in [name.casefold() for name in author]
    tags = [tag for tag in page.tags if not (held and tag.casefold() == channel)]
    return msgspec.structs.replace(page, author=author, tags=tags)


def _channel(page: Page) -> str | None:
    """The channel that an article was published in, where it is also its author."""
    return page.channel if page.channel in page.author else None


def _after(updated: Moment | None, published: Moment | None) -> Moment | None:
    """The time of the update, unless it only repeats the publication's."""
    if updated is None or (published is not None and updated.at <= published.at):
        return None
    return updated


def _embedded(tree: _Tree) -> Iterator[str]:
    for text in tree.facts.all_texts("embed"):
        match = _EMBEDDED_URL.search(text)
        if match:
            yield match[0] if match[0].startswith("http") else f"https:{match[0]}"
