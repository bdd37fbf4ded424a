"""Where the prose of a page is: one walk over an unknown page that weighs its block elements.

Each has three numbers: the text in links, the text outside links, and the *prose*: runs of text that are as
long as a sentence, have a mark that ends one (or are very long), and have less than half of their text in
links. Menus, teasers, bylines and captions have next to none of it, on any site and in any language; articles
have hardly anything else. A letter of Chinese, Japanese or Korean weighs three, since it says as much. What a
page repeats counts once.

A zone, which is named like something beside the article (zones.py), adds nothing to what holds it. But a name
is no proof: if one word names half of the page's prose, it says nothing on this page, unless it is that of
comments or of what readers are asked to agree to, and something else is left.

Doesn't know what an article is: root.py draws conclusions. Never recursive.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from selectolax.lexbor import LexborNode

from newsdrop.parse.elements import BLOCK_TAGS, INLINE_IDS, SKIPPED, TEXT_ID, by_tag_id
from newsdrop.parse.zones import COMMENTS, CONSENT, HIDDEN

__all__ = ["PROSE_WEIGHT", "Weights", "weight_of"]

#: A run of this weight may be prose; one of the second weight is, even without a mark: Thai has none.
PROSE_WEIGHT = 50
_LONG_WEIGHT = 250
_WIDE = re.compile("[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f]+")
_SENTENCE = re.compile(r"[.!?…](?=[\s\"'”’»)\]]|$)|[。！？؟۔।။։]")
#: How much of its first text identifies a run that is repeated.
_SAME_CHARS = 40

#: A word that names this share of the page's prose, or more, names no zone. Dialogs are hidden, too.
_ZONE_SHARE = 0.5
_HIDDEN_SHARE = 0.7
#: A zone that holds the page's title isn't one if it also holds some prose.
_TITLED_SHARE = 0.15
#: How much prose beside the comments makes them comments on something.
_COMMENTED_WEIGHT = 3 * PROSE_WEIGHT
#: What sites ask before they follow a reader, and how much they say about it.
_CONSENT = re.compile("cookie|クッキー|쿠키|GDPR|RGPD|DSGVO", re.IGNORECASE)
_CONSENT_WEIGHT = 1_000
#: At least this share of the page's prose must be left, or the zones were misread.
_LEFT_SHARE = 0.25
_MISREAD_WORDS = 5

#: A run ends at elements of the last two kinds.
_INLINE, _SKIP, _LINK, _BLOCK, _CAPTION = range(5)
_NO_PROSE = (*SKIPPED, "audio", "iframe", "math", "noscript", "video", "xmp")
_KINDS = {
    **dict.fromkeys(INLINE_IDS, _INLINE),
    **by_tag_id(dict.fromkeys(BLOCK_TAGS, _BLOCK)),
    **by_tag_id(dict.fromkeys(_NO_PROSE, _SKIP)),
    **by_tag_id({"a": _LINK, "figcaption": _CAPTION}),
}


class Weights:
    """The block elements of a page in page order, the body first, and what each of them holds.

    `places`: the index of an element among them, by `mem_id`. `parents`: the block around each. `own`: the
    prose in an element but not in a block inside it; `prose`, `linked`, `plain`: that of everything it holds,
    `prose` without that of zones once they are settled. `dead`: whether an element is in a zone.

    Args:
        captions: whether a picture's caption may be prose, as on a page that has no other.
    """

    __slots__ = (
        "_ends", "_stories", "_words", "dead", "linked", "nodes", "own", "parents", "places", "plain",
        "prose", "revealed", "total",
    )  # fmt: skip

    def __init__(self, body: LexborNode, *, captions: bool = False) -> None:
        self.nodes = [body]
        self.parents = [-1]
        runs = self._walk(body, _Run(captions=captions))
        self._ends = self._last_inside()
        self.places = {node.mem_id: place for place, node in enumerate(self.nodes)}
        self.dead = [False] * len(self.nodes)
        self.own = [0] * len(self.nodes)
        self.linked = [0] * len(self.nodes)
        self.plain = [0] * len(self.nodes)
        for place, prose, linked, plain in runs:
            self.own[place] += prose
            self.linked[place] += linked
            self.plain[place] += plain
        self.prose = self._summed(self.own)
        self.linked = self._summed(self.linked)
        self.plain = self._summed(self.plain)
        self.total = self.prose[0]
        #: The hidden parts of a text of which a script shows one at a time.
        self.revealed: list[int] = []
        #: The word that names a zone, by its place.
        self._words: dict[int, str] = {}
        self._stories: set[int] = set()

    def holds(self, outer: int, inner: int) -> bool:
        """Whether one element holds another, or is the same."""
        return outer <= inner <= self._ends[outer]

    def last_in(self, place: int) -> int:
        """The last element that an element holds, or itself."""
        return self._ends[place]

    def outermost(self, places: Iterable[int]) -> Iterator[int]:
        """Of these elements, in page order, those that aren't in another of them."""
        last: int | None = None
        for place in sorted(places):
            if last is None or not self.holds(last, place):
                last = place
                yield place

    def plain_beside_zones(self) -> list[int]:
        """For each element, the text outside links in it, without that of the zones inside it."""
        beside, parents, dead = list(self.plain), self.parents, self.dead
        taken = [0] * len(beside)
        for place in range(len(beside) - 1, 0, -1):
            parent = parents[place]
            taken[parent] += beside[place] if dead[place] and not dead[parent] else taken[place]
        return [plain - zones for plain, zones in zip(beside, taken, strict=True)]

    def around(self, place: int | None) -> set[int]:
        """An element and all those that hold it."""
        found: set[int] = set()
        while place is not None and place >= 0:
            found.add(place)
            place = self.parents[place]
        return found

    def without(self, stories: Iterable[int]) -> None:
        """Take elements that hold other stories out of everything; before `settle`."""
        self._stories = set(stories)
        for place in self._stories:
            inside = range(place, self._ends[place] + 1)
            self.dead[place : inside.stop] = [True] * len(inside)
        if self._stories:
            self.prose = self._summed(self.own)
            self.total = self.prose[0]

    def prose_without(self, places: Iterable[int]) -> list[int]:
        """For each element, its prose without what is in some others."""
        own = list(self.own)
        for place in places:
            inside = range(place, self._ends[place] + 1)
            own[place : inside.stop] = [0] * len(inside)
        return self._summed(own)

    def settle(self, zones: Mapping[int, str], title: int | None) -> None:
        """Decide which zones really are zones, and take what they hold out of `prose`.

        Args:
            zones: the word that names each, by `mem_id`.
            title: the heading that is the page's title.
        """
        places = self.places
        found = sorted(
            (place, word)
            for key, word in zones.items()
            if (place := places.get(key)) is not None and not self.dead[place]
        )
        # Such a zone may be all the prose of a page with a few lines.
        asking = {place for place, _ in found if self._asks_consent(place)}
        found = [(place, CONSENT if place in asking else word) for place, word in found]
        self._words = dict(found)
        held, titled = self._held_by(found), self.around(title)
        for place, word in found:
            spared = place in titled and self.prose[place] >= _TITLED_SHARE * self.total
            self.dead[place] = not spared and (self._is_zone(word, held[word]) or self._asks_consent(place))
        self.prose = self._summed(self.own)
        for word in sorted(held, key=held.__getitem__, reverse=True)[:_MISREAD_WORDS]:
            if self.prose[0] >= _LEFT_SHARE * self.total:
                break
            if word not in (COMMENTS, CONSENT):
                for place, other in found:
                    self.dead[place] = self.dead[place] and other != word
                self.prose = self._summed(self.own)
        parents, dead = self.parents, self.dead
        for place in range(1, len(parents)):
            dead[place] = dead[place] or dead[parents[place]]
        self.revealed = self._revealed([place for place, word in found if word == HIDDEN])

    def _revealed(self, hidden: list[int]) -> list[int]:
        """Of hidden elements, the parts of a text of which a script shows one at a time.

        They stand beside the one that is shown, have a class in common with it, and hold most of the prose.
        """
        beside: dict[int, list[int]] = {}
        for place in hidden:
            if not self.dead[place] and self.prose[place]:
                beside.setdefault(self.parents[place], []).append(place)
        found: list[int] = []
        for parent, parts in beside.items():
            if sum(self.prose[place] for place in parts) >= _ZONE_SHARE * self.prose[0]:
                shown = [
                    place for place in self._children(parent) if place not in parts and self.prose[place]
                ]
                common = set[str].intersection(*map(self._classes, parts))
                if any(not common.isdisjoint(self._classes(place)) for place in shown):
                    found += parts
        return found

    def _children(self, parent: int) -> list[int]:
        inside = range(parent + 1, self._ends[parent] + 1)
        return [place for place in inside if self.parents[place] == parent]

    def _classes(self, place: int) -> set[str]:
        return set((self.nodes[place].attributes.get("class") or "").split())

    def reason(self, place: int) -> str:
        """Why an element is in a zone: the word that names it, or what holds it."""
        while place not in self._words and place not in self._stories and place:
            place = self.parents[place]
        if place in self._stories:
            return "another story"
        word = self._words.get(place, "")
        return word if word == HIDDEN else f"named {word}"

    def _is_zone(self, word: str, held: int) -> bool:
        if word in (COMMENTS, CONSENT):
            return self.total - held >= _COMMENTED_WEIGHT
        return held < (_HIDDEN_SHARE if word == HIDDEN else _ZONE_SHARE) * self.total

    def _asks_consent(self, place: int) -> bool:
        """Whether an element has prose and asks readers to agree to be followed."""
        if not self.prose[place] or self.plain[place] + self.linked[place] > _CONSENT_WEIGHT:
            return False
        return _CONSENT.search(self.nodes[place].text()) is not None

    def _held_by(self, zones: list[tuple[int, str]]) -> dict[str, int]:
        """How much prose each word names, without counting an element in another of the same word twice."""
        held: dict[str, int] = {}
        last: dict[str, int] = {}
        for place, word in zones:
            if word not in last or not self.holds(last[word], place):
                last[word] = place
                held[word] = held.get(word, 0) + self.prose[place]
        return held

    def _last_inside(self) -> list[int]:
        """For each element, the last one inside it; in page order, all others inside it are in between."""
        ends = list(range(len(self.parents)))
        for place in range(len(ends) - 1, 0, -1):
            parent = self.parents[place]
            ends[parent] = max(ends[parent], ends[place])
        return ends

    def _summed(self, own: list[int]) -> list[int]:
        """For each element, the sum of what it and all elements in it have of their own, except dead ones."""
        sums, parents, dead = list(own), self.parents, self.dead
        for place in range(len(sums) - 1, 0, -1):
            if not dead[place]:
                sums[parents[place]] += sums[place]
        return sums

    def _walk(self, body: LexborNode, run: _Run) -> list[tuple[int, int, int, int]]:
        """Find the elements and their runs, which end where a block begins or ends."""
        nodes, parents, kinds = self.nodes, self.parents, _KINDS
        stack: list[tuple[LexborNode | None, int]] = [(None, _BLOCK)]
        pieces = (run.plain, run.linked)
        current = links = 0
        node = body.first_child
        while True:
            if node is None:
                if not stack:
                    return run.ended
                node, kind = stack.pop()
                links -= kind == _LINK
                if kind >= _BLOCK:
                    run.end(current, kind)
                    current = parents[current]
                continue
            tag = node.tag_id
            if tag == TEXT_ID:
                text = (node.text_content or "").strip()
                if text:
                    pieces[links > 0].append(text)
                node = node.next
                continue
            kind = kinds.get(tag, _BLOCK)
            child = node.first_child if kind != _SKIP else None
            if child is None:
                node = node.next
                continue
            links += kind == _LINK
            if kind >= _BLOCK:
                run.end(current, _BLOCK)
                parents.append(current)
                current = len(nodes)
                nodes.append(node)
            stack.append((node.next, kind))
            node = child


class _Run:
    """The run of text that is being read, and those that have ended: place, prose, text in links, other text.

    `plain`, `linked`: the pieces of its text outside links, and in links. `captions`: whether captions count.
    """

    __slots__ = ("_captions", "_seen", "ended", "linked", "plain")

    def __init__(self, *, captions: bool = False) -> None:
        self._captions = captions
        self.ended: list[tuple[int, int, int, int]] = []
        self.linked: list[str] = []
        self.plain: list[str] = []
        self._seen: set[tuple[int, int, str]] = set()

    def end(self, place: int, kind: int) -> None:
        """End the run, if there is one, in the element with this place and kind."""
        if not (self.plain or self.linked):
            return
        plain, linked = weight_of("".join(self.plain)), weight_of("".join(self.linked))
        prose = (
            plain + linked if (kind != _CAPTION or self._captions) and self._is_prose(plain, linked) else 0
        )
        self.ended.append((place, prose, linked, plain))
        self.plain.clear()
        self.linked.clear()

    def _is_prose(self, plain: int, linked: int) -> bool:
        weight = plain + linked
        if weight < PROSE_WEIGHT or 2 * linked >= weight:
            return False
        if weight < _LONG_WEIGHT and not any(map(_SENTENCE.search, (*self.plain, *self.linked))):
            return False
        known = (plain, linked, self.plain[0][:_SAME_CHARS])
        new = known not in self._seen
        self._seen.add(known)
        return new


def weight_of(text: str) -> int:
    """The length of a text, in which a letter of Chinese, Japanese or Korean counts three times."""
    return len(text) if text.isascii() else len(text) + 2 * len("".join(_WIDE.findall(text)))
