"""What a site is called, by the end of the title that a browser shows in its page's tab.

    港口今天重新开放_国内新闻_某某网        某某网
    A harbour reopens | The Daily       The Daily     the site's domain is thedaily.test
    A harbour reopens - Region          nothing: that may be a section

Only a part that is called as sites in Chinese are, or as the page's domain, is a name. Refuses what sections
are called.
"""

from __future__ import annotations

import re

from newsdrop.hosts import host_of, registrable_domain
from newsdrop.parse.sections import NEWS_SECTION
from newsdrop.parse.text import squeezed

__all__ = ["sections_of_tab", "site_of_tab"]

_BETWEEN = re.compile(r"\s*(?:[|｜丨︱_»•]|-{1,2}|—+|(?<=\s)[–·](?=\s))\s*")
#: How sites and papers in Chinese are called.
_SITE = re.compile(
    r"[\u3400-\u9fff](?:[网網]|[报報]|新[闻聞][网網云雲]?|[电電][视視][台臺]|通[讯訊]社|[杂雜][志誌]|[周週]刊)$"
)
_LONGEST = 24
_SHORTEST_LABEL = 4
#: At most this many parts from the end are examined.
_PARTS = 3


def sections_of_tab(tab: str, title: str) -> set[str]:
    """What the tab says between the title and the site's name, part by part, squeezed."""
    parts = _BETWEEN.split(tab)[1:-1]
    return {squeezed(part) for part in parts if 0 < len(part) <= _LONGEST and part not in title}


def site_of_tab(tab: str, title: str, url: str | None) -> str | None:
    """The name of the site, if the tab's title has it after the article's title.

    Args:
        tab: what the page's tab says.
        title: the article's.
        url: the page's.
    """
    parts = _BETWEEN.split(tab.strip())
    if len(parts) == 1 or not title:
        return None
    label = registrable_domain(host_of(url)).partition(".")[0].replace("-", "")
    for part in parts[:0:-1][:_PARTS]:
        if not part or len(part) > _LONGEST or part in title:
            continue
        if _SITE.search(part) and not NEWS_SECTION.fullmatch(part):
            return part
        if len(label) >= _SHORTEST_LABEL and label in squeezed(part).casefold() and "." not in part:
            return part
    return None
