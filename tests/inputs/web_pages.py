"""Saved pages for the tests of `newsdrop web`: in both scripts, with all kinds of blocks, and hostile."""

from __future__ import annotations

from html import escape

__all__ = ["BRIDGE", "HARBOUR", "HOSTILE", "LONG_LINE", "saved_page"]

LONG_LINE = "長" * 100_000


def saved_page(
    url: str, title: str, body: str, *, published: str = "2021-03-04T10:00:00+08:00", author: str = "張潔平"
) -> bytes:
    """A whole page as a browser saves it; `body` is markup."""
    return f"""<!DOCTYPE html><html lang="zh-Hant"><head><meta charset="utf-8"><title>{escape(title)}</title>
<link rel="canonical" href="{escape(url)}"><meta property="og:title" content="{escape(title)}">
<meta property="og:type" content="article"><meta property="article:published_time" content="{published}">
<meta name="author" content="{escape(author)}"></head>
<body><article><h1>{escape(title)}</h1>{body}</article></body></html>""".encode()


BRIDGE = saved_page(
    "https://www.example.com/bridge",
    "香港的橋",
    "<p>香港與澳門之間有一座橋，長度超過五十公里，是世界上最長的跨海大橋之一，許多旅客每天經過。</p>"
    "<h2>歷史</h2><p>這座橋的建設經歷了九年，參與的工程師來自許多地方，他們在海上工作了很長時間。</p>"
    "<blockquote><p>我從來沒有見過這樣的海，工程師在接受訪問時這樣說，他已經在這裡工作了九年。</p></blockquote>"
    "<ul><li>第一點是橋的長度，超過五十公里。</li><li>第二點是橋的年代，建了九年才完成。</li></ul>"
    '<figure><img src="https://pictures.example.com/bridge.jpg" alt="橋">'
    "<figcaption>橋的照片</figcaption></figure>"
    '<p>更多的報道見<a href="https://www.example.com/more">另一篇文章</a>，其中說到橋的收費和交通的情況。</p>',
)
HARBOUR = saved_page(
    "https://news.example.org/harbour",
    "The harbour opens",
    "<p>The harbour of the old town opened on Monday after years of work, and many people came to see it.</p>"
    "<p>The mayor said that the new quay would bring ships and visitors back to the town within a year.</p>",
    published="2019-07-01T09:00:00+00:00",
    author="Ann Li",
)
HOSTILE = saved_page(
    "https://evil.example.com/1",
    "<script>alert(1)</script><img src=x onerror=alert(2)>\u202e",
    "<p>Hostile words: &lt;script&gt;alert(3)&lt;/script&gt; and "
    "&lt;style&gt;*{display:none}&lt;/style&gt; in the text.</p>"
    '<p>A link that <a href="javascript:alert(4)">runs</a>, <a href="data:text/html,x">another</a>.</p>'
    f"<p>{LONG_LINE}</p>"
    '<p><img src="javascript:alert(5)" alt="&quot;&gt;&lt;script&gt;alert(6)&lt;/script&gt;"></p>'
    "<script>alert(7)</script><style>body{display:none}</style>"
    '<meta http-equiv="refresh" content="0;url=https://evil.example.com/">',
    author="<b onmouseover=alert(8)>=cmd|' /C calc'!A0</b>",
)
