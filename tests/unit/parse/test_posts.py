"""Of quoted posts the words are text and the address is an embed; of the card around them nothing stays."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

from newsdrop.parse.links import Base
from newsdrop.parse.walker import Options, Walker

STATUS = "https://twitter.com/linzhou/status/155"


def walk(html: str) -> Walker:
    document = LexborHTMLParser(html)
    walker = Walker({}, Options(base=Base("https://www.example.org/a")))
    assert document.body is not None
    walker.walk(document.body)
    return walker


def quoted(html: str) -> tuple[list[str], list[str]]:
    walker = walk(f"<p>前{html}<p>后")
    assert [block.text for block in walker.blocks if block.kind == "p"] == ["前", "后"]
    return [block.text for block in walker.blocks if block.kind == "quote"], walker.embeds


WHO = "— Lin Zhou(林舟) (@linzhou) "
DATE = f"<a href='{STATUS}?ref_src=twsrc%5Etfw'>July 25, 2022</a>"


@pytest.mark.parametrize(
    "html",
    [
        f"<blockquote class=twitter-tweet><p>水退了</p>{WHO}{DATE}</blockquote>",
        f"<blockquote class=twitter-tweet><p>水退了<p>{WHO}{DATE}</p></blockquote>",
        f"<blockquote><p>水退了</p>{WHO}{DATE}</blockquote>",
        f"<blockquote><p>水退了</p>&mdash; 林舟（@linzhou） {DATE}<script src=/w.js></script> </blockquote>",
        f"<blockquote class=twitter-tweet>水退了{WHO}{DATE}</blockquote>",
        "<blockquote class=twitter-tweet><p>水退了 <a href=https://t.co/a>pic.twitter.com/AbC</a>"
        f"</p>{WHO}{DATE}</blockquote>",
        f"<blockquote class=twitter-video><p>水退了</p>{WHO}{DATE.replace('//t', '//m.t')}</blockquote>",
    ],
)
def test_a_tweets_words_are_a_quotation_and_its_address_an_embed(html: str) -> None:
    words, embeds = quoted(html)
    assert words == ["水退了"]
    assert [address.rpartition("/")[2] for address in embeds] == ["155"]
    assert "ref_src" not in embeds[0]


def test_posts_of_bluesky() -> None:
    said = "<p>水退了</p>— 林舟 (<a href=https://bsky.app/profile/lin>@lin.bsky.social</a>) "
    link = "<a href='https://bsky.app/profile/lin/post/3k?ref_src=embed'>May 5</a>"
    wanted = (["水退了"], ["https://bsky.app/profile/lin/post/3k"])
    assert (
        quoted(f"<blockquote class=bluesky-embed data-bluesky-uri=at://x>{said}{link}</blockquote>") == wanted
    )
    assert quoted(f"<blockquote>{said}{link}</blockquote>") == wanted


@pytest.mark.parametrize(
    ("html", "address"),
    [
        ("<amp-twitter data-tweetid=155></amp-twitter>", "https://twitter.com/i/status/155"),
        ("<amp-instagram data-shortcode=A1></amp-instagram>", "https://www.instagram.com/p/A1"),
        (
            "<iframe src='https://platform.twitter.com/embed/Tweet.html?frame=false&amp;id=155&amp;lang=zh'></iframe>",
            "https://twitter.com/i/status/155",
        ),
    ],
)
def test_posts_that_scripts_or_amp_show(html: str, address: str) -> None:
    assert walk(f"<p>前</p>{html}<p>后").embeds == [address]


def test_links_and_lines_of_a_tweet_stay() -> None:
    said = "水<br>退<a href=/t/1>#河边</a><img class=emoji alt='🌊' src=/e.png>"
    walker = walk(f"<blockquote class=twitter-tweet><p>{said}<p>第二段{WHO}{DATE}</blockquote>")
    assert [block.text for block in walker.blocks] == ["水 退#河边🌊", "第二段"]
    assert walker.links == ["https://www.example.org/t/1"]
    assert walker.images == []


def test_posts_of_other_networks() -> None:
    assert quoted(
        "<blockquote class=instagram-media data-instgrm-permalink='https://www.instagram.com/p/A1/?utm_source=x'>"
        "<p><a href=/p>晒网</a></p><div><a href=/p>View this post on Instagram</a></div>"
        "<p>A post shared by Lin (@lin)</p></blockquote>"
    ) == (["晒网"], ["https://www.instagram.com/p/A1/"])
    for invitation, sharer in (
        ("Sieh dir diesen Beitrag auf Instagram an", "Ein Beitrag geteilt von Lin (@lin)"),
        ("Voir cette publication sur Instagram", "Une publication partagée par Lin (@lin)"),
        ("この投稿をInstagramで見る", "Lin(@lin)がシェアした投稿"),
        ("在 Instagram 查看这篇帖子", "Lin (@lin) 分享的帖子"),
    ):
        assert quoted(
            "<blockquote class=instagram-media data-instgrm-permalink='https://www.instagram.com/p/A1/'>"
            f"<div><a href=/p>{invitation}</a></div><p><a href=/p>{sharer}</a></p></blockquote>"
        ) == ([], ["https://www.instagram.com/p/A1/"])
    assert quoted(
        "<blockquote class=tiktok-embed cite='https://www.tiktok.com/@lin/video/7'><p>晒网</p></blockquote>"
    ) == (["晒网"], ["https://www.tiktok.com/@lin/video/7"])
    assert quoted("<blockquote class=twitter-tweet><p>删了</p></blockquote>") == (["删了"], [])


@pytest.mark.parametrize(
    "html",
    [
        "<blockquote><p>水退了</p><p>—— 林舟</p></blockquote>",
        f"<blockquote><p>他在<a href='{STATUS}'>推特上</a></p></blockquote>",
        f"<blockquote><p>水退了（来源：<a href='{STATUS}'>推特</a>）</p></blockquote>",
        f"<blockquote><p>水退了（@linzhou）<a href='{STATUS}'>如此说</a>。</p></blockquote>",
    ],
)
def test_another_quotation_keeps_every_word(html: str) -> None:
    walker = walk(html)
    text = LexborHTMLParser(html).text()
    assert "".join(block.text for block in walker.blocks) == text
    assert walker.embeds == []


def test_a_tweet_that_nothing_holds_together_loses_its_signature() -> None:
    walker = walk(
        "<p>她说：</p><p>水退了 <a href=https://t.co/abc>pic.twitter.com/AbCdEf12</a></p>"
        f"<p><em>{WHO}</em>{DATE}</p><p>— 林舟 (@linzhou) 在<a href=/x>别处</a>也这么说</p>"
        f"<p>— 他（@linzhou）<a href='{STATUS}'>昨天</a>说的，今天又说了一遍，"
        "明天大概还会再说一遍，后天也许就不会再说了，谁知道呢</p>"
    )
    walker.take_posts()
    texts = [block.text for block in walker.blocks]
    assert texts[:3] == ["她说：", "水退了", "— 林舟 (@linzhou) 在别处也这么说"]
    assert len(texts) == 4
    assert walker.embeds == [STATUS]


def test_an_address_alone_in_its_paragraph_is_what_it_leads_to() -> None:
    video = "https://www.youtube.com/watch?v=abcdefghijk"
    walker = walk(f"<p>看：</p><p>{video}</p><div>\n{STATUS}\n</div><p>见 {video}</p><p>https://e.org/a</p>")
    walker.take_posts()
    assert [block.text for block in walker.blocks] == ["看：", f"见 {video}", "https://e.org/a"]
    assert walker.embeds == [video, STATUS]


def test_nested_quotations_are_read_in_linear_time() -> None:
    walker = walk("<blockquote>" * 400 + "水" * 10 + f"<a href='{STATUS}'>x</a>" + "</blockquote>" * 400)
    assert [block.kind for block in walker.blocks] == ["quote"]
