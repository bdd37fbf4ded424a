"""Posts on social networks that an article quotes: their words and their address.

The networks' own markup for embedding is a <blockquote>, which a script of theirs turns into a card. An
archive has no such script; what is left is the post's text, and around it what the card itself says: who
posted it and when, the short address of a picture, an invitation to view it there. Only the words are text.

    Twitter, X, Bluesky      the last link is the post's address; — Name (@name) before it says who
    Instagram, TikTok, Threads, Facebook    the address is in an attribute; the words are in paragraphs

Feeds strip classes. A quotation without one is a tweet if it ends with both a name and an address. If the
<blockquote> itself is gone, the line with name and address is a block of its own (`signing_lines`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

from selectolax.lexbor import LexborNode

from newsdrop.documents import Block
from newsdrop.parse.elements import BLOCK_TAGS, SKIPPED
from newsdrop.parse.images import is_smiley
from newsdrop.parse.links import Base, clean_link
from newsdrop.parse.text import BREAK, normal

__all__ = ["Post", "bare_addresses", "is_post", "read_post", "signing_lines"]

_TWEET = re.compile(
    r"^https?://(?:(?:www\.|mobile\.|m\.)?(?:twitter|x)\.com/(?:#!/)?(?:[^/?#]+|i/web)/status(?:es)?/\d+"
    r"|bsky\.app/profile/[^/?#]+/post/\w+)",
    re.IGNORECASE,
)
#: An address alone in its paragraph, which blogs turn into what it leads to.
_SHOWN = re.compile(
    r"https?://(?:(?:www\.|m\.)?youtube\.com/(?:watch\?|shorts/|live/)\S{5,80}|youtu\.be/[\w-]{5,20}\S{0,40}|vimeo\.com/\d+"
    r"|(?:www\.)?bilibili\.com/video/\w+\S{0,40}|(?:www\.)?instagram\.com/(?:p|reel)/[\w-]+/?\S{0,40}"
    r"|(?:www\.)?tiktok\.com/@[\w.]+/video/\d+\S{0,40}"
    r"|(?:(?:www\.|mobile\.)?(?:twitter|x)\.com/\w+/status/\d+)\S{0,40})",
    re.IGNORECASE,
)
#: The picture or video that a tweet's card would show.
_PICTURE = re.compile(r"^(?:https?://)?pic\.(?:twitter|x)\.com/\w+$", re.IGNORECASE)
_SIGNED = re.compile(r"(?:—|(?:^|\s)[–-]{1,2}\s)[^—]{0,120}[（(]@[\w.-]{1,80}[)）]\s*$")
_SIGNED_LINK = re.compile(r"(?:—|[–-]{1,2})\s[^—]{0,120}[（(]@[\w.-]{1,80}[)）]\s[^@]{4,40}$")
_SIGNATURE_CHARS = 220
_LINE = re.compile(r"(?:—|[–-]{1,2})\s?[^—]{1,120}[（(]@[\w.-]{1,80}[)）]\s[^@]{4,40}")
_PICTURE_LAST = re.compile(r"\s?pic\.(?:twitter|x)\.com/\w{6,12}$", re.IGNORECASE)
#: The attributes that hold the address of a post in other networks' markup.
_ADDRESSES = ("data-instgrm-permalink", "cite", "data-href", "data-text-post-permalink")
_CLASSES = frozenset((
    "twitter-tweet", "twitter-video", "instagram-media", "tiktok-embed", "text-post-media", "bluesky-embed",
    "fb-xfbml-parse-ignore", "reddit-embed-bq", "reddit-card",
))  # fmt: skip
_INVITATION = re.compile(
    r"^(?:view this (?:post|photo|profile) on instagram|a (?:post|photo) shared by\b.*"
    r"|view on threads|posted by\b.*"
    r"|sieh dir diesen beitrag auf instagram an|ein (?:von .{1,80} geteilter )?beitrag\b.{0,100}"
    r"|voir cette publication sur instagram|une publication partagée par\b.*"
    r"|ver esta publicación en instagram|una publicación compartida (?:de|por)\b.*"
    r"|ver (?:essa|esta) (?:foto|publicação) no instagram|uma publicação (?:compartilhada|partilhada) por\b.*"
    r"|visualizza questo post su instagram|un post condiviso da\b.*"
    r"|dit bericht op instagram bekijken|een bericht gedeeld door\b.*"
    r"|посмотреть эту публикацию в instagram|публикация от\b.*"
    r"|この投稿をinstagramで見る|.{0,80}がシェアした投稿.{0,40}"
    r"|instagram에서 이 게시물 보기|.{0,80}님의 공유 게시물.{0,40}"
    r"|(?:[在於于] ?instagram ?)?查看.{0,20}instagram.{0,8}|[在於于] ?instagram ?查看.*"
    r"|.{0,80}分享的(?:帖子|貼文).{0,40})$",
    re.IGNORECASE,
)
#: How deep the end of a tweet is searched for, and past how many nodes without words.
_END_DEPTH = 5
_END_SIBLINGS = 6
#: Through how many inline elements the block around a word is searched for.
_INLINE_DEPTH = 12


class Post(NamedTuple):
    """A quoted post: its address, and its paragraphs with the links in each."""

    url: str | None
    paragraphs: list[tuple[str, list[str]]]


def is_post(quote: LexborNode) -> bool:
    """Whether a <blockquote> has a network's class. Such a quotation may have no words but its link's."""
    return not _CLASSES.isdisjoint((quote.attributes.get("class") or "").split())


def read_post(quote: LexborNode, base: Base) -> Post | None:
    """The post that a <blockquote> holds, or None if it is any other kind of quotation."""
    attributes = quote.attributes
    names = _CLASSES.intersection((attributes.get("class") or "").split())
    end = _last_link(quote)
    tweet = _tweet_address(end)
    if tweet is None and not names:
        return None
    if tweet is not None and not names and not _is_signed(quote):
        return None
    if tweet is not None or names & {"twitter-tweet", "twitter-video", "bluesky-embed"}:
        return Post(tweet, _paragraphs(quote, base, end if tweet else None))
    address = next((text for name in _ADDRESSES if (text := attributes.get(name))), None)
    url = clean_link(address, base) if address else None
    return Post(_without_query(url) if url else None, _paragraphs(quote, base, None))


def signing_lines(
    blocks: list[Block], links: Sequence[str], links_of: Mapping[int, tuple[int, int]]
) -> dict[int, str]:
    """The blocks that only give a tweet's author and address. Others lose the addresses of pictures.

    Args:
        links_of: the number of a block → where its links are in `links`.
    """
    found: dict[int, str] = {}
    for index, (start, end) in links_of.items():
        text = blocks[index].text
        picture = _PICTURE_LAST.search(text)
        if picture is not None and picture.start() > 0:
            blocks[index] = Block(blocks[index].kind, text[: picture.start()])
        match = _TWEET.match(links[end - 1]) if end > start and _LINE.fullmatch(text) else None
        if match is not None:
            found[index] = match[0]
    return found


def bare_addresses(blocks: Sequence[Block]) -> dict[int, str]:
    """The paragraphs that are only the address of a post or a video, which a blog shows in their place."""
    found = {
        number: block.text
        for number, block in enumerate(blocks)
        if block.text.startswith("http") and _SHOWN.fullmatch(block.text)
    }
    return found if len(found) < len(blocks) else {}


def _last_link(quote: LexborNode) -> LexborNode | None:
    """The link at the end of a quotation."""
    node: LexborNode | None = quote
    for _ in range(_END_DEPTH):
        node = node.last_child if node is not None else None
        for _ in range(_END_SIBLINGS):
            if node is None or not _is_empty(node):
                break
            node = node.prev
        if node is None or node.tag == "a":
            return node
    return None


def _is_empty(node: LexborNode) -> bool:
    tag = node.tag or ""
    return tag in SKIPPED or tag == "br" or (tag == "-text" and not (node.text_content or "").strip())


def _tweet_address(link: LexborNode | None) -> str | None:
    match = _TWEET.match((link.attributes.get("href") or "").strip()) if link is not None else None
    return match[0].replace("http://", "https://", 1) if match else None


def _is_signed(quote: LexborNode) -> bool:
    """Whether a quotation ends as tweets do, with a name before its last link."""
    return _SIGNED_LINK.search((quote.text() or "")[-_SIGNATURE_CHARS:]) is not None


def _without_query(url: str) -> str:
    return urlunsplit(urlsplit(url)._replace(query="", fragment=""))


def _paragraphs(quote: LexborNode, base: Base, end: LexborNode | None) -> list[tuple[str, list[str]]]:
    """The paragraphs of a post, up to the link that is its address."""
    found: list[tuple[list[str], list[str]]] = [([], [])]
    block = quote.mem_id
    for node in quote.traverse(include_text=True):
        if end is not None and node.mem_id == end.mem_id:
            break
        if node.tag == "-text":
            holder, anchor = _holders(node)
            if holder != block:
                block = holder
                found.append(([], []))
            text = node.text_content or ""
            if anchor is not None and not _PICTURE.match(text.strip()):
                found[-1][1].append(anchor)
            found[-1][0].append("" if anchor is not None and _PICTURE.match(text.strip()) else text)
        elif node.tag == "br":
            found[-1][0].append(BREAK)
        elif node.tag == "img" and is_smiley(node.attributes):
            found[-1][0].append(node.attributes.get("alt") or "")
    if end is not None:
        found[-1] = ([_SIGNED.sub("", "".join(found[-1][0]))], found[-1][1])
    read = [(normal("".join(pieces)), hrefs) for pieces, hrefs in found]
    return [
        (text, [link for href in dict.fromkeys(hrefs) if (link := clean_link(href, base))])
        for text, hrefs in read
        if text and not _INVITATION.match(text)
    ]


def _holders(text: LexborNode) -> tuple[int, str | None]:
    """The block that a text is in, by `mem_id`, and where a link around the text leads."""
    anchor = None
    node = text.parent
    for _ in range(_INLINE_DEPTH):
        if node is None or node.tag in BLOCK_TAGS:
            break
        if node.tag == "a":
            anchor = node.attributes.get("href")
        node = node.parent
    return (node.mem_id if node is not None else 0), anchor
