"""One walk through any page: text in document order as typed blocks, pictures with their captions, links.

A block ends where a block element begins or ends, at <br><br>, and where a line begins indented by two wide
letters, but never at <p> alone: parsers push text out of <p> if it has a block inside. Inline elements are
joined without a space. The roles of a rule's selectors:

    drop       neither text nor pictures           heading   a block of kind h
    cut_after  it and all that follows             quote     blocks of kind quote
    related    its links are `related`             caption, credit   of the picture beside them
    unlink     its text counts, its link doesn't
    byline, published, updated, dek, tag, section, embed    read elsewhere; not body text, except for inline
               elements among other words (fieldwords.py)
    root, lead where the walk begins; leads first

A rule's patterns (drop_text, cut_text: rules.py) see the text of finished blocks. pictures.py decides what
describes a picture, gallery.py which one. Never recursive: the depth of a page costs no Python stack.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsdrop.documents import Block, BlockKind, Image
from newsdrop.errors import TooLargeError
from newsdrop.parse.body import Body
from newsdrop.parse.captions import in_a_sentence
from newsdrop.parse.cells import only_paragraph
from newsdrop.parse.elements import (
    BLOCK_TAGS,
    BLOCKS,
    HEADINGS,
    INLINE_IDS,
    SKIPPED,
    TEXT_ID,
    WRAPPER_IDS,
    by_tag_id,
)
from newsdrop.parse.embeds import OTHER_EMBEDS, embed_url
from newsdrop.parse.endings import A_PROMPT
from newsdrop.parse.explanation import Record
from newsdrop.parse.fieldwords import FieldWords, is_inline, words
from newsdrop.parse.figures import describes_text
from newsdrop.parse.gallery import Gallery, Part, Shot
from newsdrop.parse.images import ImageSources
from newsdrop.parse.links import clean_link, is_mark
from newsdrop.parse.lists import links_home
from newsdrop.parse.pictures import Pictures
from newsdrop.parse.posts import read_post
from newsdrop.parse.selection import within
from newsdrop.parse.text import BREAK, INDENTED, begins_indented, ends_broken, normal
from newsdrop.parse.walk_options import Options

__all__ = ["Options", "Walker"]


class _CutError(Exception):
    """The block with this text says that the article ends before it."""


Leave = BlockKind | Callable[[], None] | None
Visit = Callable[["Walker", LexborNode], LexborNode | None]


class Walker:
    """Walks parts of one page, in the order they are given.

    Args:
        roles: element → role, by `mem_id`.
        record: notes what is left out, and why.
    """

    def __init__(self, roles: Mapping[int, str], options: Options, record: Record | None = None) -> None:
        self.body = Body(record)
        self.blocks, self.links = self.body.blocks, self.body.links
        self._related: dict[str, None] = {}
        self._embeds: dict[str, None] = {}
        self._roles = roles
        self._options = options
        self._record = record
        #: The patterns that judge a block as soon as it is complete.
        self._judges = [p for p in (options.cut_text, options.drop_text) if p is not None]
        #: Whether a block has tests to pass. On most pages it has none.
        self._strict = bool(self._judges or options.text_chars is not None)
        self._kind: BlockKind = "p"
        self._pieces: list[str] = []
        self._stack: list[tuple[LexborNode | None, Leave]] = []
        self._anchors: list[str] = []
        self._open_anchors = 0
        sources = ImageSources(options.base, options.pictures)
        self.pictures = Pictures(Gallery(self.blocks), sources, roles, record)
        self._cut, self._chars = False, 0
        #: Which elements of fields stayed text; None if no element is a field.
        self.fields = FieldWords() if _FIELD_ROLES.intersection(roles.values()) else None

    @property
    def related(self) -> list[str]:
        """Links to the site's other stories, each once."""
        return list(self._related)

    @property
    def embeds(self) -> list[str]:
        """Videos and other foreign parts, each once."""
        return list(self._embeds)

    @property
    def images(self) -> list[Image]:
        """The pictures met so far, each once."""
        return self.pictures.images

    def walk(self, start: LexborNode) -> None:
        """Read `start` and everything in it. After a `cut_after` nothing more is read.

        Raises:
            TooLargeError: more text than allowed.
        """
        if self._cut:
            if self._record is not None:
                self._record.rest([start], "")
            return
        self._walk(start)

    def see(self, picture: LexborNode) -> None:
        """Take the pictures in an element beside the text, with what describes them, and nothing else."""
        self.pictures.aside = True
        if picture.tag == "img":
            self.pictures.see(picture, [])
        else:
            self._walk(picture)
        self.pictures.aside = False

    def take_posts(self) -> None:
        """Take the addresses of tweets whose markup is gone out of the text."""
        self._embeds.update(dict.fromkeys(self.body.take_posts()))

    def end(self, causes: Mapping[int, str]) -> None:
        """Take what follows the end out of the text, and the pictures among its prompts."""
        self.pictures.leave_out_end({at: self.blocks[at].text for at in causes if causes[at] == A_PROMPT})
        self.body.leave_out(causes)

    def take_captions(self) -> None:
        """Take the paragraphs that describe the pictures above them out of the text."""
        self.body.leave_out(self.pictures.take_below())

    def _walk(self, start: LexborNode) -> None:
        stack, pieces, roles, visits = self._stack, self._pieces, self._roles, _VISITS
        other = Walker._visit_other
        stack.append((None, None))
        # Whatever else a root is, it is the text; and what follows it isn't.
        self._kind = _ROOT_KINDS.get(roles.get(start.mem_id, ""), "p")
        node = start.first_child
        try:
            while True:
                if node is None:
                    if not stack:
                        break
                    node, leave = stack.pop()
                    if leave is not None:
                        self._leave(leave)
                    continue
                tag = node.tag_id
                if tag == TEXT_ID:
                    pieces.append(node.text_content or "")
                    node = node.next
                    continue
                place = node.mem_id
                visit = visits.get(tag, other) if place not in roles else _ROLE_VISITS[roles[place]]
                if visit is not None:
                    node = visit(self, node)
                    continue
                child = node.first_child
                if child is None:
                    node = node.next
                else:
                    stack.append((node.next, None))
                    node = child
            self._flush()
        except _CutError as cut:
            self._end(node, str(cut))

    def _end(self, following: LexborNode | None, text: str) -> None:
        """End the article before a block with this text; `following`: what was being read, or comes next."""
        if self._record is not None:
            self._record.rest([following, *(node for node, _ in reversed(self._stack))], text)
        self._cut = True
        self._stack.clear()

    def _leave(self, leave: Leave) -> None:
        if isinstance(leave, str):
            if self._pieces or self._anchors:
                self._flush()
            self._kind = leave
        elif leave is not None:
            leave()

    def _flush(self) -> None:
        if self.fields is not None and (
            fields := self.fields.end_block(self._pieces, within_link=self._open_anchors > 0)
        ):
            if self._record is not None:
                for piece, place in fields.items():
                    self._record.words(place, self._roles[place], self._pieces[piece])
            self._pieces.clear()
            self._anchors.clear()
        if self._pieces:
            whole = "".join(self._pieces)
            self._pieces.clear()
            for line in self._paragraphs(whole) if INDENTED in whole else (whole,):
                text = normal(line)
                if text:
                    self._add(text, self._kind)
        if not self._open_anchors:
            self._anchors.clear()

    def _paragraphs(self, text: str) -> list[str]:
        """The text split where plain text begins a paragraph; the lines of a heading are one heading."""
        parts = self._options.br_paragraphs and self._kind != "h"
        return text.split(INDENTED) if parts else [text]

    def _add(self, text: str, kind: BlockKind) -> None:
        if self._strict and not self._passes(text):
            return
        if self.pictures.takes(text, kind):
            self._anchors.clear()
            return
        self.blocks.append(Block(kind, text))
        if self._anchors:
            self.body.link(self._anchors)
            self._anchors.clear()

    def _passes(self, text: str) -> bool:
        """Whether a block may stay, by the rule's patterns and the limit on text."""
        options = self._options
        for judge in self._judges:
            if judge.search(text) is not None:
                cut = judge is options.cut_text
                if self._record is not None:
                    self._record.block("cut_text" if cut else "drop_text", text)
                self._anchors.clear()
                if cut:
                    raise _CutError(text)
                return False
        self._chars += len(text)
        if options.text_chars is not None and self._chars > options.text_chars:
            raise TooLargeError(
                f"The article has more than {options.text_chars:,} characters of text "
                "(setting limits.text_chars)."
            )
        return True

    def _enter(self, node: LexborNode, kind: BlockKind | None = None) -> LexborNode | None:
        """Begin a block; what was open before is ended."""
        if self._pieces or self._anchors:
            self._flush()
        child, after, roles = node.first_child, node.next, self._roles
        while child is not None and child.next is None:
            # Nearly all blocks wrap one block, and in the end one text: there is no need to come back.
            tag = child.tag_id
            if tag == TEXT_ID:
                text = child.text_content or ""
                # This is how `normal` begins; calling it for each block takes a tenth of a walk.
                plain = text.isprintable() and "  " not in text
                if not plain and INDENTED in text:
                    break
                text = text.strip(" ") if plain else normal(text)
                if text:
                    if self._strict or self._anchors or self.pictures.is_open:
                        self._add(text, kind or self._kind)
                    else:
                        self.blocks.append(Block(kind or self._kind, text))
                return after
            if tag not in WRAPPER_IDS or child.mem_id in roles:
                break
            child = child.first_child
        if child is None:
            return after
        self._stack.append((after, self._kind))
        if kind is not None:
            self._kind = kind
        return child

    def _visit_heading(self, node: LexborNode) -> LexborNode | None:
        return self._enter(node, "h")

    def _visit_button(self, node: LexborNode) -> LexborNode | None:
        # Sections that fold have a button in their heading.
        return self._visit_unlinked(node) if self._kind == "h" else self._visit_skipped(node)

    def _visit_raw(self, node: LexborNode) -> LexborNode | None:
        """Markup that browsers show as it is written: read as what it would show."""
        self._flush()
        self._pieces.append(LexborHTMLParser(node.text()).text())
        self._flush()
        return node.next

    def _visit_quote(self, node: LexborNode) -> LexborNode | None:
        post = read_post(node, self._options.base)
        if post is None:
            return self._enter(node, "quote")
        self._flush()
        if post.url:
            self._embeds.setdefault(post.url)
        for text, links in post.paragraphs:
            self._anchors += links
            self._add(text, "quote")
        self.pictures.pass_embed()
        return node.next

    def _visit_item(self, node: LexborNode) -> LexborNode | None:
        return self._enter(node, "li")

    def _visit_list(self, node: LexborNode) -> LexborNode | None:
        home = links_home(node, self._options.base) if self._options.link_lists else []
        if not home:
            return self._enter(node)
        self._flush()
        if self._record is not None:
            self._record.links(node)
        self._related.update(dict.fromkeys(home))
        return node.next

    def _visit_cell(self, node: LexborNode) -> LexborNode | None:
        # The cells of a row are one block: a table of data is read row by row.
        self._pieces.append(BREAK)
        return self._visit_unlinked(node, only_paragraph(node, self._roles))

    def _visit_break(self, node: LexborNode) -> LexborNode | None:
        following = node.next
        if self._options.br_paragraphs and (
            ends_broken(self._pieces) or (self._kind != "h" and begins_indented(following))
        ):
            self._flush()
        else:
            self._pieces.append(BREAK)
        return following

    def _visit_rule_line(self, node: LexborNode) -> LexborNode | None:
        self._flush()
        return node.next

    def _visit_anchor(self, node: LexborNode) -> LexborNode | None:
        child, href = node.first_child, node.attributes.get("href")
        link = clean_link(href, self._options.base) if href and child is not None else None
        if link is None:
            marks = href is not None and href.startswith("#") and is_mark(node.text())
            return node.next if marks else self._visit_unlinked(node)
        self._anchors.append(link)
        self._open_anchors += 1
        self._turn_link()
        self._stack.append((node.next, self._close_anchor))
        return child

    def _visit_unlinked(self, node: LexborNode, inner: LexborNode | None = None) -> LexborNode | None:
        child = (node if inner is None else inner).first_child
        if child is None:
            return node.next
        self._stack.append((node.next, None))
        return child

    def _close_anchor(self) -> None:
        self._open_anchors -= 1
        self._turn_link()

    def _turn_link(self) -> None:
        if self.fields is not None:
            self.fields.turn_link(len(self._pieces))

    def _visit_figure(self, node: LexborNode) -> LexborNode | None:
        self._flush()
        child = node.first_child
        if child is None:
            return node.next
        before, kind = self.pictures.enter(node), self._kind
        self._stack.append((node.next, lambda: self._close_figure(before, kind)))
        return child

    def _close_figure(self, before: Shot | None, kind: BlockKind) -> None:
        self._leave(kind)
        self.pictures.leave(before)

    def _visit_image(self, node: LexborNode) -> LexborNode | None:
        self.pictures.see(node, self._pieces)
        return node.next

    def _visit_noscript(self, node: LexborNode) -> LexborNode | None:
        if self._options.noscript and node.first_child is not None:
            for image in within(node, "img"):
                if image.mem_id not in self._roles:
                    self.pictures.see(image, self._pieces)
        return self._visit_skipped(node)

    def _visit_box(self, node: LexborNode) -> LexborNode | None:
        """An element that is named as a picture's."""
        if self.pictures.is_box(node):
            return self._visit_figure(node)
        self.pictures.see_background(node)
        visit = _VISITS.get(node.tag_id, Walker._visit_other)
        return visit(self, node) if visit is not None else self._visit_unlinked(node)

    def _visit_other(self, node: LexborNode) -> LexborNode | None:
        # For elements that HTML doesn't know, the parser's numbers differ between pages: names identify them.
        visit = _NAMED_VISITS.get(node.tag or "")
        return visit(self, node) if visit is not None else self._visit_unlinked(node)

    def _visit_embed(self, node: LexborNode) -> LexborNode | None:
        if url := embed_url(node, self._options.base):
            self._embeds.setdefault(url)
        self.pictures.pass_embed()
        return self._visit_skipped(node)

    def _visit_skipped(self, node: LexborNode) -> LexborNode | None:
        if self._record is not None:
            self._record.tag(node)
        return node.next

    def _visit_dropped(self, node: LexborNode) -> LexborNode | None:
        if node.tag in BLOCK_TAGS:
            self._flush()
        if self._record is not None:
            self._record.element(node, self._roles[node.mem_id])
        return node.next

    def _visit_field(self, node: LexborNode) -> LexborNode | None:
        if self.fields is None or not is_inline(node):
            return self._visit_dropped(node)
        text = words(node)
        if normal(text):
            self.fields.add(len(self._pieces), node.mem_id)
            self._pieces.append(text)
        return node.next

    def _visit_related(self, node: LexborNode) -> LexborNode | None:
        self._flush()
        if self._record is not None:
            self._record.element(node, "related")
        anchors = [node] if node.tag == "a" else within(node, "a[href]")
        for anchor in anchors:
            link = clean_link(anchor.attributes.get("href") or "", self._options.base)
            if link:
                self._related.setdefault(link)
        return node.next

    def _visit_cut(self, node: LexborNode) -> None:
        if self._record is not None:
            self._record.element(node, "cut_after")
        self._end(node.next, "")

    def _visit_caption(self, node: LexborNode) -> LexborNode | None:
        return self._enter(node) if describes_text(node) else self._visit_note(node, "caption")

    def _visit_credit(self, node: LexborNode) -> LexborNode | None:
        return self._visit_note(node, "credit")

    def _visit_note(self, node: LexborNode, part: Part) -> LexborNode | None:
        alone = not in_a_sentence(node, self._roles, self._pieces)
        return self.pictures.describe(node, part, self._pieces) if alone else self._visit_unlinked(node)


#: The roles whose elements are read as a field, and may be words of a sentence as well.
_FIELD_ROLES = frozenset(("byline", "published", "updated", "dek", "tag", "section"))
#: The kind of the blocks in a root that also has another role.
_ROOT_KINDS: dict[str, BlockKind] = {"heading": "h", "quote": "quote"}
_VISIT_BY_NAME: dict[str, Visit] = {
    **dict.fromkeys(BLOCKS, Walker._enter),
    **dict.fromkeys(HEADINGS, Walker._visit_heading),
    **dict.fromkeys(SKIPPED, Walker._visit_skipped),
    **dict.fromkeys(("iframe", "video", "audio", "embed"), Walker._visit_embed),
    **dict.fromkeys(("ul", "ol", "dir"), Walker._visit_list),
    **dict.fromkeys(("td", "th"), Walker._visit_cell),
    "li": Walker._visit_item,
    "blockquote": Walker._visit_quote,
    "figure": Walker._visit_figure,
    "a": Walker._visit_anchor,
    "br": Walker._visit_break,
    "hr": Walker._visit_rule_line,
    "img": Walker._visit_image,
    "noscript": Walker._visit_noscript,
    "button": Walker._visit_button,
    "xmp": Walker._visit_raw,
}
_VISITS: dict[int, Visit | None] = {**dict.fromkeys(INLINE_IDS), **by_tag_id(_VISIT_BY_NAME)}
#: AMP's elements that are HTML's own under other names; and the other spelling of a formula.
_NAMED_VISITS: dict[str, Visit] = {
    **dict.fromkeys(("amp-img", "amp-anim"), Walker._visit_image),
    **dict.fromkeys(OTHER_EMBEDS, Walker._visit_embed),
    "annotation": Walker._visit_skipped,
}
_ROLE_VISITS: dict[str, Visit] = {
    **dict.fromkeys(("embed", "drop"), Walker._visit_dropped),
    **dict.fromkeys(_FIELD_ROLES, Walker._visit_field),
    "related": Walker._visit_related,
    "unlink": Walker._visit_unlinked,
    "cut_after": Walker._visit_cut,
    "picture": Walker._visit_box,
    "caption": Walker._visit_caption,
    "credit": Walker._visit_credit,
    "heading": Walker._visit_heading,
    "quote": Walker._visit_quote,
}
