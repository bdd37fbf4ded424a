"""Parses a page: the rule of its site turns its header and HTML into an Article."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import msgspec
from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsdrop.documents import Article, Block, Page, StepError
from newsdrop.errors import InterstitialError, NoArticleError, cited
from newsdrop.hosts import host_of, registrable_domain
from newsdrop.options import Limits
from newsdrop.parse.beginnings import beginnings
from newsdrop.parse.bylines import book_authors, signatures
from newsdrop.parse.dateline import article_times
from newsdrop.parse.elements import by_tag_id
from newsdrop.parse.endings import endings, without_button
from newsdrop.parse.explanation import Explanation, Match, Origin, Record, Sourced
from newsdrop.parse.facts import Facts
from newsdrop.parse.fields import Fields, authors_of, fields_of, without_own_names
from newsdrop.parse.furniture import furniture
from newsdrop.parse.head import filled, read_head
from newsdrop.parse.interstitials import stands_in
from newsdrop.parse.jamming import jammers
from newsdrop.parse.links import Base
from newsdrop.parse.markup import check_depth, check_markup
from newsdrop.parse.messages import shown_messages
from newsdrop.parse.repair import holds_shadow, mended_noscripts, needs_mending, shown_shadows, unglued
from newsdrop.parse.repeats import repeated_quotes
from newsdrop.parse.reporters import reporters
from newsdrop.parse.root import find_root
from newsdrop.parse.rules import Era, Query, Rule, RuleSet
from newsdrop.parse.selection import anywhere, within
from newsdrop.parse.shown import tab_title
from newsdrop.parse.sources import sections_of_tab
from newsdrop.parse.survey import Survey
from newsdrop.parse.text import letters, normal, squeezed
from newsdrop.parse.titles import title_of
from newsdrop.parse.tree import Tree
from newsdrop.parse.walker import Options, Walker
from newsdrop.parse.zones import Zones, read_classes, read_names

__all__ = ["ROOT_STEP", "Explanation", "Match", "Parser"]

#: If an element has two roles, the later one wins.
_MARKED = (
    "heading", "quote", "section", "tag", "dek", "updated", "published", "byline", "embed",
    "caption", "credit", "unlink", "related", "cut_after", "drop",
)  # fmt: skip
_FORMULA_ID = frozenset(by_tag_id({"math": True}))
_TEMPLATE_ID = frozenset(by_tag_id({"template": True}))
_NOSCRIPT_ID = frozenset(by_tag_id({"noscript": True}))
_LARGEST_OF = 50
#: Some heads say more than a section's name there.
_LONGEST_SECTION = 40
#: The name under which a document says that its text may not be the article's.
ROOT_STEP = "root"
#: The share of the page's prose below which a text is doubtful.
_DOUBTFUL = 0.3
#: A notice without a name of its own is in so many lines.
_MOST_LINES = 2
#: Behind the title of one picture of many: (3/27).
_COUNTER = re.compile(r"\s*[（(]\d{1,3}\s?/\s?\d{1,3}[)）]$")
#: What hides a formula is at most this far out.
_AROUND_FORMULA = 3


class Parser:
    """Parses pages by site rules. Stateless except for rules and limits; safe to share between threads."""

    def __init__(self, rules: RuleSet, limits: Limits | None = None) -> None:
        self._rules = rules
        self._limits = limits or Limits()

    def parse(self, page: Page) -> Article:
        """The article on the page.

        Raises:
            NoArticleError: it has neither a title nor any text; or it is a whole page and has no text.
            InterstitialError: it is a notice in place of an article.
            TooLargeError: over limits.html_depth or limits.text_chars, or markup made to exhaust resources.
        """
        tree = self._tree(page)
        return _article(tree, self._fields(tree))

    def explain(self, page: Page) -> Explanation:
        """How `parse` reads the page.

        Raises:
            NoArticleError, InterstitialError, TooLargeError: as `parse`.
        """
        record = Record()
        tree = self._tree(page, record)
        fields = msgspec.structs.asdict(self._fields(tree, record))
        return Explanation(
            dialect=page.dialect,
            encoding=page.encoding,
            rule=tree.rule.id,
            era=tree.era.number,
            matches=_matches(tree, record),
            origins=[Origin(name, one.place) for name, one in fields.items() if one.value],
            dropped=record.dropped,
        )

    def _fields(self, tree: Tree, record: Record | None = None) -> Fields:
        """The value of each field of the article.

        Raises:
            NoArticleError, InterstitialError, TooLargeError: as `parse`.
        """
        walker, signed = self._walked(tree, record)
        authors = authors_of(tree, signed, partial(_told, tree, walker.blocks))
        if tree.unknown:
            walker.body.leave_out(_beginnings(tree, walker, authors.value))
        heading = tree.facts.heading if tree.unknown and tree.filled.page.whole else None
        title = title_of(tree.filled, tree.document, tree.head, tree.site, tree.era, heading)
        blocks = _without_title(walker.blocks, title.value, record)
        if not blocks and tree.unknown and tree.filled.page.whole:
            blocks = walker.pictures.as_text()
        _check_article(tree, title.value, blocks)
        return fields_of(tree, walker, title, blocks, authors)

    def _walked(self, tree: Tree, record: Record | None) -> tuple[Walker, list[str]]:
        """The page as it was walked, and whom its text names as its writers."""
        walker = self._walk(tree, record)
        tree.facts.words = walker.fields
        body, patterns = walker.body, tree.era.joined
        tail, whole = patterns.get("tail_text"), tree.unknown and tree.filled.page.whole
        # Only without what follows the end are bylines at the end; and credits may follow the byline.
        walker.end(endings(body.blocks, body.linked, tail, whole=whole))
        if tree.unknown:
            walker.take_captions()
            body.leave_out(furniture(body.blocks) | repeated_quotes(body.blocks))
        walker.take_posts()
        signed = signatures(body.blocks, patterns.get("byline_text"))
        body.leave_out(signed.blocks)
        body.leave_out(endings(body.blocks, body.linked, tail, signed=True, whole=whole))
        if tree.unknown:
            body.change_last(without_button)
        return walker, signed.names

    def _walk(self, tree: Tree, record: Record | None) -> Walker:
        page = tree.filled.page
        options = Options(
            base=Base(page.url or tree.site.base, _base_href(tree.document)),
            br_paragraphs=tree.rule.br_paragraphs,
            noscript=tree.rule.noscript,
            link_lists=tree.rule.link_lists,
            pictures=tree.head.texts("image"),
            # No page has more text than markup: it is counted only on pages longer than the limit.
            text_chars=self._limits.text_chars if len(page.html) > self._limits.text_chars else None,
            drop_text=tree.era.joined.get("drop_text"),
            cut_text=tree.era.joined.get("cut_text"),
        )
        walker = Walker(tree.roles, options, record)
        for picture in tree.root.pictures if tree.root is not None else ():
            walker.see(picture)
        for root in tree.roots.value:
            walker.walk(root)
        return walker

    def _tree(self, page: Page, record: Record | None = None) -> Tree:
        rule = self._rules.for_url(page.url)
        document, survey = self._read(page, rule)
        head = read_head(document, page.url, survey)
        site = rule if page.url else self._rules.for_url(head.text("url"))
        rule, era = self._fitting(page, site, document)
        unknown = rule is self._rules.default
        survey = (survey or Survey(document)) if unknown else None
        found, roles, zones = _marked(document, era, survey, page.html)
        whole = filled(without_own_names(page, site), head, site.zone)
        found_root = None
        if survey is not None:
            roles = {**dict.fromkeys(zones.captions, "caption"), **roles}
            title = whole.page.title or tab_title(document)
            told = head.texts("image")
            found_root = find_root(
                document.body,
                survey,
                era,
                found,
                roles,
                zones.words,
                title,
                told,
                domain=registrable_domain(host_of(whole.page.url)),
                whole=page.whole,
            )
        if found_root is not None:
            _change(roles, found_root.roles)
            roots = Sourced(found_root.parts, found_root.place)
        else:
            roots = _roots(document, era)
        facts = Facts(whole.page, document, era, found, roots.value, head.order, survey)
        times = article_times(whole, head, roots.value, facts, site.zone)
        starts = {root.mem_id for root in roots.value}
        lines = [line.mem_id for line in times.lines if line.mem_id not in starts]
        for line in lines:
            roles.setdefault(line, "published")
        for picture in zones.pictures:
            roles.setdefault(picture, "picture")
        tree = Tree(whole, head, document, site, rule, era, roles, roots, facts, found_root, unknown, times)
        if record is not None:
            _note_roles(record, tree, zones.captions, lines)
        return tree

    def _read(self, page: Page, rule: Rule) -> tuple[LexborHTMLParser, Survey | None]:
        """The page's elements; with their survey, if it is a whole page of no site that is known so far.

        Raises:
            TooLargeError: as `parse`.
        """
        source, most = cited(page.url or "The page"), self._limits.html_depth
        deepest = check_markup(page.html, most, source)

        def document_of(html: str) -> LexborHTMLParser:
            document = LexborHTMLParser(unglued(html) if rule.glued_tags else html)
            if document.root is not None and deepest > most:
                check_depth(document.root, most, source)
            return document

        if rule is not self._rules.default or not page.whole:
            return document_of(mended_noscripts(shown_shadows(page.html))), None
        document = document_of(page.html)
        survey = Survey(document)
        html = shown_messages(page.html, document)
        if needs_mending(survey.nodes[at] for at in survey.tagged(_NOSCRIPT_ID)):
            html = mended_noscripts(html)
        # What a frame held isn't among the elements.
        if html is not page.html or holds_shadow(survey.nodes[at] for at in survey.tagged(_TEMPLATE_ID)):
            document = document_of(shown_shadows(html))
            survey = Survey(document)
        return document, survey

    def _fitting(self, page: Page, site: Rule, document: LexborHTMLParser) -> tuple[Rule, Era]:
        default = self._rules.default
        for candidate in (site, default):
            for era in candidate.eras:
                late = era.until_ms is not None and (page.archived_at_ms or 0) >= era.until_ms
                if late or (era.when is not None and not anywhere(document, era.when)):
                    continue
                # The article of a whole page is surrounded by everything else: only a root says where it is.
                if page.whole and candidate is not default and not _has_root(era, document):
                    continue
                return candidate, era
        return default, default.eras[-1]


class _Marked(NamedTuple):
    """What a rule's selectors and the names on an unknown page say; elements by their `mem_id`.

    Attributes:
        found: the elements of each role.
        roles: the role of each element.
        zones: what the names say.
    """

    found: dict[str, list[LexborNode]]
    roles: dict[int, str]
    zones: Zones


def _marked(document: LexborHTMLParser, era: Era, survey: Survey | None, html: str) -> _Marked:
    asked = [role for role in _MARKED if role in era.selectors]
    zones = Zones({}, [], [])
    if survey is not None:
        found = survey.within_each({role: era.selectors[role] for role in asked})
        zones = read_names(survey, era.classes, found)
        formulas = [survey.nodes[place] for place in survey.tagged(_FORMULA_ID)]
        found["drop"] = [*found.get("drop", ()), *jammers(document, survey)]
    else:
        found = {role: within(document, era.unions[role]) for role in asked}
        read_classes(document, era.classes, found)
        formulas = within(document, "math") if "<math" in html else []
    roles = {node.mem_id: role for role in _MARKED for node in found.get(role, ())}
    for role, selector in era.kept:
        for node in within(document, selector):
            if roles.get(node.mem_id) == role:
                del roles[node.mem_id]
    _keep_formulas(formulas, roles)
    return _Marked(found, roles, zones)


def _article(tree: Tree, fields: Fields) -> Article:
    page, blocks = tree.filled.page, fields.text.value
    return Article(
        title=fields.title.value,
        blocks=blocks,
        url=fields.url.value,
        domain=fields.domain.value,
        dek=fields.dek.value,
        author=fields.author.value,
        source_name=fields.source_name.value,
        section=fields.section.value,
        tags=fields.tags.value,
        published=fields.published.value,
        updated=fields.updated.value,
        archived_at_ms=fields.archived_at.value,
        labels=fields.labels.value,
        images=fields.images.value,
        captions=fields.captions.value,
        links=fields.links.value,
        related=fields.related.value,
        embeds=fields.embeds.value,
        dialect=page.dialect,
        rule=tree.rule.id,
        errors=_doubts(tree, blocks),
        said_language=fields.language.value,
    )


def _check_article(tree: Tree, title: str, blocks: list[Block]) -> None:
    """Refuse a page that isn't an article.

    Raises:
        NoArticleError, InterstitialError: as `Parser.parse`.
    """
    page = tree.filled.page
    shown = title or (blocks[0].text if blocks else "")
    place, called = cited(page.url or "no URL"), cited(shown)
    if page.whole:
        instead = stands_in(_names_shown(tree, title, blocks), blocks)
        if instead:
            raise InterstitialError(
                f"The page of {place} is not an article but {instead} ({called!r}); save the article again."
            )
    if not title and not blocks:
        raise NoArticleError(f"The page of {place} has neither a title nor any text.")
    if page.whole and not blocks:
        raise NoArticleError(
            f"The page of {place} ({called!r}) has no text: it may be loaded by a script or be in a frame."
        )


def _names_shown(tree: Tree, title: str, blocks: list[Block]) -> Iterator[str]:
    """What the page calls itself: its title, its tab's, its first heading, and its text if that is a line."""
    yield from (title, tab_title(tree.document))
    if blocks and (not title or len(blocks) <= _MOST_LINES):
        yield blocks[0].text
    heading = tree.document.css_first("h1")
    if heading is not None:
        yield normal(heading.text())


def _told(tree: Tree, blocks: list[Block]) -> list[str]:
    """Whom the text names as writers in words that stay: of a book, or in its sentences."""
    return book_authors(blocks) or (reporters(blocks) if tree.unknown else [])


def _doubts(tree: Tree, blocks: list[Block]) -> list[StepError]:
    """What the document says about a text that may not be the article's."""
    if not blocks:
        return [StepError(ROOT_STEP, "NoText", "The body has no text.")]
    if not (tree.filled.page.whole and tree.unknown):
        return []
    if tree.root is None:
        return [StepError(ROOT_STEP, "NoProse", "The page has no full sentence: its text may be a menu's.")]
    if tree.root.held < _DOUBTFUL:
        said = (
            f"The text holds {tree.root.held:.0%} of the page's prose: the article may be another part of it."
        )
        return [StepError(ROOT_STEP, "DoubtfulRoot", said)]
    return []


def _base_href(document: LexborHTMLParser) -> str | None:
    """What the page's addresses are relative to, according to its head. A fragment has no head."""
    head = document.head
    bases = within(head, "base[href]") if head is not None and head.first_child is not None else []
    return bases[0].attributes["href"] if bases else None


def _keep_formulas(formulas: Iterable[LexborNode], roles: dict[int, str]) -> None:
    """Remove the role from what hides a formula: formulas are hidden beside their own picture or drawing."""
    for formula in formulas:
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


def _count(tree: Tree, role: str, query: Query) -> int:
    """How often one entry of a role found something."""
    if query.match is not None or query.origin is not None:
        return len(tree.facts.read(role, query))
    return len(within(tree.document, query.selector))


def _has_root(era: Era, document: LexborHTMLParser) -> bool:
    return any(anywhere(document, era.unions[role]) for role in ("root", "lead") if role in era.unions)


def _roots(document: LexborHTMLParser, era: Era) -> Sourced[list[LexborNode]]:
    """Where the body's text is: the leads, then what the first matching root selector gives."""
    found: list[LexborNode] = []
    places: list[str] = []
    for query in era.roles.get("lead", ()):
        if nodes := within(document, query.selector):
            found += nodes
            places.append(f"rule: lead {query.spelling}")
    queries = era.roles.get("root", ())
    if len(queries) > 1 and not anywhere(document, era.unions["root"]):
        # Feeds deliver bodies without any container: one query shows this, instead of one for each selector.
        queries = ()
    for query in queries:
        nodes = within(document, query.selector)
        if nodes:
            # Pages repeat their container for teasers; the article is the one with the most text.
            root = nodes[0] if len(nodes) == 1 else max(nodes[:_LARGEST_OF], key=_text_length)
            return Sourced([*found, root], " and ".join([*places, f"rule: root {query.spelling}"]))
    body = document.body or document.root
    if body is not None:
        found.append(body)
    return Sourced(found, " and ".join([*places, "the whole body"]))


def _text_length(node: LexborNode) -> int:
    return len(node.text())


def _note_roles(record: Record, tree: Tree, captions: Sequence[int], lines: Sequence[int]) -> None:
    """Note which selectors and what evidence gave elements their roles, and what isn't in any root."""
    record.patterns = tree.era.patterns
    for role in _MARKED:
        for query in tree.era.roles.get(role, ()):
            if query.origin is None:
                for node in within(tree.document, query.selector):
                    record.role(node.mem_id, role, query.spelling)
    for place in captions:
        record.role(place, "caption", "named a caption")
    for place, reason in (tree.root.reasons if tree.root is not None else {}).items():
        record.role(place, tree.roles[place], reason)
    for place in lines:
        record.role(place, tree.roles[place], "the line of its date")
    pictures = tree.root.pictures if tree.root is not None else []
    record.outside(tree.document, [*pictures, *tree.roots.value], tree.roles)


def _matches(tree: Tree, record: Record) -> list[Match]:
    """How often each entry of the rule matched."""
    era = tree.era
    matches = [Match("when", era.when, len(within(tree.document, era.when)))] if era.when else []
    matches += [
        Match(role, query.spelling, _count(tree, role, query))
        for role, queries in era.roles.items()
        for query in queries
    ]
    matches += [
        Match(kind, pattern, record.fits[kind, pattern])
        for kind, patterns in era.patterns.items()
        for pattern in patterns
    ]
    return matches


def _beginnings(tree: Tree, walker: Walker, authors: Sequence[str]) -> dict[int, str]:
    """The blocks that only repeat when the article was published, by whom, and in which section."""
    moments = (tree.times.published.value, tree.times.updated.value)
    site = tree.head.text("site_name")
    names = (*authors, tree.site.name, site, *site.split(" | "))
    page = tree.filled.page
    sections = sections_of_tab(tab_title(tree.document), page.title) if page.whole else set()
    told = (page.section or "", tree.head.text("path")) if page.whole else ()
    sections |= {squeezed(one) for one in told if 0 < len(one) <= _LONGEST_SECTION}
    return beginnings(
        walker.blocks, [one for one in moments if one], [name for name in names if name], authors, sections
    )


def _without_title(blocks: list[Block], title: str, record: Record | None) -> list[Block]:
    """The blocks without those that only repeat the title: headings, and whatever comes first."""
    if not title:
        return blocks
    wanted, spelled = squeezed(title), letters(title)
    kept = []
    for index, block in enumerate(blocks):
        text = block.text
        # Most blocks can't be it, and needn't be looked at.
        if (index < 2 or block.kind == "h") and (
            squeezed(_COUNTER.sub("", text)) == wanted
            or (spelled != "" and block.kind == "h" and letters(text) == spelled)
        ):
            if record is not None:
                record.block("the title again", block.text)
        else:
            kept.append(block)
    return kept
