"""The HTML of the synthetic pages: each function lays a story out as one site of the archive does.

Only shapes that the archive has (roles, wrappers, boilerplate, lazy images, proxies); classes and texts are
ours. What must never end up in an article carries the word NOISE, so that a test can look for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from html import escape
from typing import Final

from tests.corpus.text import Story

__all__ = [
    "NOISE",
    "bbc_page",
    "cdt_page",
    "chinafile_page",
    "feed_page",
    "matters_page",
    "plain_page",
    "wordpress_page",
]

#: Stands in advertisements, link lists, share boxes and footers, never in a story.
NOISE: Final = "广告 NOISE"

_PARAGRAPH = "<div><p>{}</p></div>"
_AGENCIES = ("Getty Images", "Reuters", "AFP", "EPA", "新华社")
_AD = (
    '<section aria-label="广告" aria-hidden="true" role="region" data-e2e="advertisement">'
    f'<div id="dotcom-mpu">{NOISE}</div></section>'
)
_WIDTHS = (240, 320, 480, 624, 800)


def bbc_page(story: Story, *, when_ms: int, html_bytes: int) -> str:
    """A BBC-like page of exactly `html_bytes` UTF-8 bytes; the last few are blanks in a hidden element.

    Sentences that don't fit are left out, so give it a story of about that many bytes.
    """
    images = [_bbc_image(story, number) for number in range(min(8, html_bytes // 5_000))]
    day = datetime.fromtimestamp(when_ms / 1000, UTC).date().isoformat()
    byline = f'<div><ul role="list"><li role="listitem">{story.author}</li></ul></div>' * (
        story.number % 3 == 0
    )
    head = f'<main role="main">{byline or "<div></div>"}<div><time dateTime="{day}">3 分钟前</time></div>'
    inserts = [*images, _AD, _bbc_links(story)]
    foot, end = '<div aria-hidden="true">', "</div></main>"
    room = html_bytes - sum(len(part.encode()) for part in (head, *inserts, foot, end))
    if room < 0:
        raise ValueError(f"a page of {html_bytes} bytes has no room for its frame; ask for 2,000 or more")
    paragraphs = list(_paragraphs(story, room))
    room -= sum(len(paragraph.encode()) for paragraph in paragraphs)
    body = _spread(paragraphs, inserts)
    return f"{head}{''.join(body)}{foot}{' ' * room}{end}"


def _paragraphs(story: Story, room: int) -> Iterator[str]:
    """Paragraphs of one to three sentences, as many as fit; the first one is a bold lead."""
    step, start = 1, 0
    while start < len(story.sentences):
        text = "".join(story.sentences[start : start + step])
        paragraph = _PARAGRAPH.format(f"<b>{text}</b>" if start == 0 else text)
        room -= len(paragraph.encode())
        if room < 0:
            return
        yield paragraph
        start += step
        step = start % 3 + 1


def _spread(paragraphs: list[str], inserts: list[str]) -> list[str]:
    """The inserts between the paragraphs, evenly, the first one on top."""
    body = list(paragraphs)
    for place, insert in reversed(list(enumerate(inserts))):
        body.insert(place * len(paragraphs) // len(inserts), insert)
    return body


def _bbc_image(story: Story, number: int) -> str:
    name = f"cpsprodpb/{story.number:05X}/production/_{story.number:09d}_{number}.jpg"
    sources = "".join(
        '<source srcSet="'
        + ", ".join(f"https://ichef.bbci.co.uk/news/{width}/{name}{tail} {width}w" for width in _WIDTHS)
        + f'" type="image/{kind}" sizes="(min-width: 1008px) 645px, 100vw"/>'
        for kind, tail in (("webp", ".webp"), ("jpeg", ""))
    )
    image = f'<img src="https://images.weserv.nl/?url=ichef.bbci.co.uk/news/640/{name}" alt="" width="976"/>'
    picture = f"<picture>{sources}{image}</picture>"
    if number % 2:
        picture = f"<div><div></div></div><noscript>{picture}</noscript>"
    credit = f'<p role="text"><span>图像来源，</span><span>{_AGENCIES[number % len(_AGENCIES)]}</span></p>'
    caption = story.captions[number % len(story.captions)]
    return (
        f'<div><div><div><div><div data-e2e="image-placeholder">{picture}{credit}</div></div>'
        f"<div><p>{caption}</p></div></div></div></div>"
    )


def _bbc_links(story: Story) -> str:
    items = "".join(
        f'<li role="listitem"><a href="/zhongwen/simp/world-{story.number}0{n}">{NOISE} {n}</a></li>'
        for n in range(3)
    )
    return f'<div><ul role="list">{items}</ul></div>'


def feed_page(
    date: Callable[[datetime, Story], str], *, caption_tag: str = "small"
) -> Callable[[Story, int], str]:
    """A maker of flat feed pages (VOA, DW, RFI, NYT): date line, lead image, paragraphs, feed footer."""

    def page(story: Story, when_ms: int) -> str:
        line = date(datetime.fromtimestamp(when_ms / 1000, UTC), story)
        image = f'<img src="https://images.weserv.nl/?url=img.example.com/{story.number}.jpg" width="100%"/>'
        caption = f"<div><{caption_tag}>{story.captions[0]}</{caption_tag}></div>"
        footer = f'<br><hr><div>获取更多RSS：<br><a href="https://feedx.net">{NOISE}</a></div>'
        text = "".join(f"<p>{sentence}</p>" for sentence in story.sentences)
        return f"<div>{line}</div>{image}{caption}{text}{footer}"

    return page


def cdt_page(story: Story, when_ms: int) -> str:
    """A WordPress page as China Digital Times' feed has it, with its footer of tags and links."""
    year = datetime.fromtimestamp(when_ms / 1000, UTC).year
    site = "https://chinadigitaltimes.net"
    text = "".join(f"<p>{sentence}</p>" for sentence in story.sentences)
    embed = f'<blockquote class="wp-embedded-content"><p><a href="{site}/">{NOISE}</a></p></blockquote>'
    image = f'<p><img class="aligncenter" src="{site}/chinese/files/{year}/{story.number}.jpg" alt=""/></p>'
    tag = f'<a href="{site}/chinese/tag/{story.section}/" rel="tag">{story.section}</a>'
    links = f'<a href="{site}/">Permalink</a><br/>Post tags: {tag}'
    return f"{embed}{image}{text}<hr/><p><small>© {NOISE} | {links}</small></p>"


def wordpress_page(story: Story, when_ms: int) -> str:
    """A crawled post, prettified: every inline tag on a line of its own, in the middle of sentences too."""
    day = datetime.fromtimestamp(when_ms / 1000, UTC).date().isoformat()
    lines = (
        f'<article class="post-{story.number} post type-post" id="post-{story.number}">',
        ' <header class="entry-header">',
        f'  <h1 class="entry-title">\n   {story.title}\n  </h1>',
        " </header>",
        ' <div class="entry-meta">',
        f'  <time class="entry-date" datetime="{day}">\n   {day}\n  </time>',
        " </div>",
        ' <div class="entry-content">',
        *(_pretty(sentence) for sentence in story.sentences),
        " </div>",
        ' <footer class="entry-footer">',
        f'  <a href="https://www.iyouport.org/">\n   {NOISE}\n  </a>',
        " </footer>",
        "</article>",
    )
    return "\n".join(lines)


def _pretty(sentence: str) -> str:
    half = len(sentence) // 2
    bold = f"   <strong>\n    {sentence[half:-1]}\n   </strong>"
    return f"  <p>\n   {sentence[:half]}\n{bold}\n   {sentence[-1:]}\n  </p>"


def matters_page(story: Story, when_ms: int) -> str:
    """A Matters post: figures with captions, flat paragraphs."""
    year = datetime.fromtimestamp(when_ms / 1000, UTC).year
    source = f"https://assets.matters.news/embed/{year}/{story.number}.jpeg"
    caption = f"<figcaption><span>{story.captions[0]}</span></figcaption>"
    figure = f'<figure class="image"><img src="{source}"/>{caption}</figure>'
    return figure + "".join(f"<p>{sentence}</p>" for sentence in story.sentences)


def chinafile_page(story: Story, when_ms: int) -> str:
    """A ChinaFile page: English, with a heading and the broken attribute that the site's light boxes have."""
    year = datetime.fromtimestamp(when_ms / 1000, UTC).year
    image = (
        f'<img src="https://www.chinafile.com/images/{year}/{story.number}.jpg" '
        f'data-cbox-img-attrs="{{"title": "", "alt": "{escape(story.captions[0])}"}}"/>'
    )
    text = "".join(f"<p>{escape(sentence, quote=False)}</p>" for sentence in story.sentences)
    heading = f"<h2>{escape(story.author)} reports</h2>"
    return f'<div class="content"><div class="field-name-body">{image}{heading}{text}</div></div>'


def plain_page(story: Story, when_ms: int) -> str:
    """A page of a site nobody wrote a rule for."""
    day = datetime.fromtimestamp(when_ms / 1000, UTC).date().isoformat()
    text = "".join(f"<p>{sentence}</p>" for sentence in story.sentences)
    return f"<nav>{NOISE}</nav><article><p>{day}</p>{text}</article><script>var x = '{NOISE}';</script>"
