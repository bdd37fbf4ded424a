"""The section that a page shows in the path of links that leads to it.

    <div class="breadcrumb"><a href="/">首页</a> &gt; <a href="/world">国际</a> &gt; 正文</div>      国际

The last link counts that leads neither to the front page nor to the page itself. Asked if nothing else says
the section. Refuses menus: a path has few steps, and its elements are named as one or it begins at home.
"""

from __future__ import annotations

import re
from itertools import islice

from selectolax.lexbor import LexborNode

from newsdrop.parse.selection import within
from newsdrop.parse.shown import short_text
from newsdrop.parse.survey import Survey
from newsdrop.parse.text import normal, squeezed

__all__ = ["section_of_path"]

_NAMED = frozenset(("breadcrumb", "breadcrumbs", "crumb", "crumbs", "mbx", "mianbaoxie", "weizhi", "dqwz"))
#: Names that other things have, too.
_PERHAPS = frozenset(("bread", "path", "position", "location", "place", "pos", "cur", "local"))
_HOME = re.compile(
    r"\W*(?:.{0,8}(?:首[页頁]|主[页頁])|home(?:page)?|startseite|start|accueil|inicio|portada|início|главная|ホーム|トップ|홈|top)\W*",
    re.IGNORECASE,
)
_HERE = re.compile(
    r"(?:[当當]前|[现現]在|所在)?的?位置|[首主][页頁]\W*[>»›]|home\W*[>»›/]|[>»›]\s*正文", re.IGNORECASE
)
_PAGE = re.compile(r"正文|内容|內容|[详詳][情细細]|article|artikel", re.IGNORECASE)
_ELEMENTS = 20
_LONGEST = 200
_LONGEST_STEP = 24
_STEPS = 6


def section_of_path(survey: Survey, title: str) -> str | None:
    """The name of the section that a page's path of links ends with, or None.

    Args:
        title: the article's.
    """
    for place in islice(survey.called_by(_may_be_path), _ELEMENTS):
        node = survey.nodes[place]
        text = short_text(node, _LONGEST)
        if not text or (_NAMED.isdisjoint(survey.words(place)) and not _HERE.search(text)):
            continue
        steps = within(node, "a[href]")
        if 0 < len(steps) <= _STEPS and (section := _last_step(steps, title)):
            return section
    return None


def _may_be_path(words: tuple[str, ...]) -> bool:
    return not (_NAMED.isdisjoint(words) and _PERHAPS.isdisjoint(words))


def _last_step(links: list[LexborNode], title: str) -> str | None:
    for link in reversed(links):
        name, href = normal(link.text()), (link.attributes.get("href") or "").strip()
        if not name or len(name) > _LONGEST_STEP or href in ("", "#", "/"):
            continue
        if _HOME.fullmatch(name) or _PAGE.fullmatch(name) or squeezed(name) in squeezed(title):
            continue
        return name
    return None
