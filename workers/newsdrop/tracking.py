"""Parameters of addresses that say who sent a reader, and nothing of what is shown.

One list for both of its uses: an article's identity (identity.py) and the links in its text (parse/links.py).
A parameter is on it if the services that set it say what it is for, or its name is theirs alone; words that
a site may use for its pages (`id`, `from`, `source`, `ref`) are not, unless with a value that is no page's.
"""

from __future__ import annotations

import re

__all__ = ["is_tracking", "may_track"]

_NAMES = (
    r"utm_[^=]*",  # Google Analytics, and all who copied it
    r"gclid", r"dclid", r"gbraid", r"wbraid", r"gclsrc", r"srsltid", r"_ga", r"_gl",  # Google
    r"fbclid", r"igshid", r"igsh", r"mibextid",  # Meta
    r"msclkid", r"yclid", r"twclid", r"ttclid", r"li_fat_id",  # Microsoft, Yandex, Twitter, TikTok, LinkedIn
    r"__twitter_impression", r"ref_src", r"ref_url",  # Twitter
    r"_hsenc", r"_hsmi", r"mkt_tok", r"mc_[ce]id",  # HubSpot, Marketo, Mailchimp
    r"hss_channel", r"oly_(?:enc|anon)_id", r"s_cid",  # HubSpot, Omeda, Adobe
    r"guccounter", r"guce_referrer(?:_sig)?",  # Yahoo
    r"spm", r"scm", r"spm_id_from", r"vd_source", r"isappinstalled",  # Alibaba, Bilibili, WeChat
    r"share_(?:token|source|medium|plat|session_id|tag)",  # Toutiao, Bilibili
    r"xsec_(?:token|source)",  # Xiaohongshu
    r"wfr", r"pgv_ref", r"adtag",  # Baidu, Tencent
    r"ns_(?:mchannel|source|campaign|linkname|fee)",  # comScore
    r"at_[a-z0-9_]+", r"xtor",  # Piano, formerly AT Internet
    r"ocid", r"cmpid", r"maca", r"smid",  # BBC and Microsoft, Bloomberg, DW, New York Times
)  # fmt: skip
_PAIRS = (
    r"source=rss-[^=]*",
    r"from=(?:singlemessage|groupmessage|timeline)",
    r"for=pc",  # beside Baidu's wfr
    r"cmp=share[^=]*",  # the Guardian
)
_TRACKING = re.compile(rf"(?:(?:{'|'.join(_NAMES)})(?:=.*)?|{'|'.join(_PAIRS)})", re.IGNORECASE | re.DOTALL)
_HINT = re.compile(
    r"[?&;](?:utm_|\w*cl(?:k?id|src)|[gw]braid|srsl|_g[al]\b|igsh|mibext|li_fat|__tw|ref_|_hs|mkt_|mc_|spm|vd_so|"
    r"isapp|at_|xtor|ocid|cmpid|maca|smid|source=rss-|from=|hss_|oly_|s_cid|guc|scm|share_|xsec_|wfr|pgv_|adtag|"
    r"ns_|for=pc|cmp=share)",
    re.IGNORECASE,
)


def is_tracking(pair: str) -> bool:
    """Whether one parameter of a query, with its value if it has one, only tells who sent the reader."""
    return _TRACKING.fullmatch(pair) is not None


def may_track(url: str) -> bool:
    """Whether any parameter of a URL may be such a one; false for most, and quick to say so."""
    return _HINT.search(url) is not None
