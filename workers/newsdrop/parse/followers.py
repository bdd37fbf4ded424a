"""What accounts in Chinese say to their followers above and below a post: tap, scan, star, reply, write.

    点击上方蓝字关注我们    新朋友点击↑↑蓝字关注    后台回复“招聘”查看    更多精彩内容↘
    ▼ 点击阅读原文，购买更多好书。    点赞↓ 在看↓    合作微信：abc123    ID：abc123

Asked only about the first lines of a text (beginnings.py) and the last ones (endings.py), in an unbroken run.
Refuses lines in which somebody says or is told to say something, and longer ones: those have something to
say besides. Pure.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["addresses_followers", "asks_to_tap"]

_LONGEST: Final = 60
_TAP: Final = r"(?:[点點][击擊开開选選]?|[长長]按|戳|[扫掃][描码碼一]|识别|識別|滑[动動]|上滑|下滑)"
_FOLLOW: Final = r"(?:[关關]注|[订訂][阅閱]|星[标標]|置[顶頂])"
#: What a follower is to tap or scan.
_TAPPED: Final = (
    r"(?:下方|上方|[这這][里裡]|[图圖]片|[标標][题題]|[蓝藍](?:色)?字|文末|[阅閱][读讀]原文|[关關][键鍵][词詞]|封面|"
    r"二[维維][码碼]|[链鏈]接|[识識][别別]|[关關]注|你感[兴興]趣|[右左]|下[图圖面]|上[图圖面]|[加卡]|公[众眾]|[设設][为為]|"
    r"在看|好看|“|原文|名片|[观觀]看)"
)
_POST: Final = r"(?:文章|本文|[这這]篇|[这這]些|[内內]容)"
_DO: Final = r"(?:分享|[转轉][发發]|[点點][击擊赞讚]|在看|[赞讚][赏賞]|[关關]注)"
#: A name or address on a network, and what it is of.
_ADDRESS: Final = r"[\s「“【（(]?(?=[^\s]*[A-Za-z\d])[\w.+@-]{4,40}[」”】）)]?"
_LABEL: Final = (
    r"(?:微信(?:公?[众眾]?[号號])?|公[众眾][号號]|微博|[电電]?[邮郵][箱件]?|信箱|[Ee]-?[Mm]ail|QQ群?|投稿|ID|"
    r"[联聯][系繫繋]|合作|商[务務])"
)
_QUOTES: Final = re.compile(r"[说說道称稱写寫][：:，,]?[“「『]|[？?]$|^[他她它]|[关關]注[了过過着著]")
_LINE: Final = re.compile(
    rf"""^\W*(?:
      (?:[^\s，。]{{2,8}}[，,])?(?:新?朋友|[请請]|[欢歡]迎|[记記]得|快|可以?|[→>]){{0,2}}
      \W*{_TAP}\W{{0,4}}{_TAPPED}[^。]{{0,44}}。?
    | {_TAP}\W{{0,4}}[^\s，。]{{1,12}}\W{{0,3}}{_FOLLOW}[^。]{{0,24}}
    | (?:[在请請])?(?:公[众眾][号號])?(?:[后後][台臺]|[对對][话話]框)回[复複復][^。]{{1,40}}
    | (?:更多|[这這]些)[^。，]{{0,12}}(?:[内內]容|[资資][讯訊]|文章|好文|精彩)(?:也?值得[读讀看])?
      \W*(?:{_TAP}.{{0,12}}|[请請]?{_FOLLOW}[^。]{{0,44}})?
    | (?:如果)?[你您]?(?:[觉覺]得|喜[欢歡])[^。]{{0,12}}{_POST}[^。]{{0,30}}{_DO}[^。]{{0,16}}[。🙏]*
    | (?:推[荐薦]|精[选選彩]|[热熱][门門])(?:原[创創]|[阅閱][读讀]|文章|好文|精品|[号號]){{1,2}}
      \W{{0,2}}(?:[（(][^（）()]{{0,12}}[）)]|[：:]\S{{2,12}})?
    | (?:[点點按][个個]?|越)?[赞讚](?:\W*(?:和|[、与與]|越|好看|在看|分享|[转轉][发發]|[点點])\W*){{1,4}}
    | [^。]{{0,24}}(?:[随隨]手|[请請]|[帮幫]忙)?[点點][个個击擊]?[“「【]?(?:好看|在看)[”」】]?[^。]{{0,12}}
    | (?!.{{0,4}}(?:[来來][自源]|[转轉]))[^\s，。：:A-Za-z]{{0,10}}{_LABEL}{{1,3}}[^\s，。：:]{{0,3}}
      \s?[：:︰]\s?{_ADDRESS}\s?(?:[（(][^（）()]{{1,16}}[）)])?[；;]?
    | (?:[读讀看听聽]|[关關]注)?(?:我[们們]?的)?(?:微信[号號]?|微博|公[众眾][号號])\s?[：:]
      \s?[^\s。，]{{0,16}}
    | 防[失走][联聯散]\W[^。]{{0,40}} | (?:由于|因)?微信篇幅[^。]{{0,30}}
    | [该該此]?二[维維][码碼][^。]{{0,16}}有效[^。]{{0,4}}
    | [^。“「]{{0,10}}打[赏賞](?:不[设設]上限|[随隨]意)[^。”」]{{0,16}}
    | [欢歡]迎(?:在|您|你|大家|到)[^。]{{0,12}}(?:留言|[评評][论論])[^。]{{0,24}}
    | (?:[对對][于於]?[此这這][^。？]{{0,10}})?[你您]?怎[么麼]看[？?，,]?\s?[欢歡]迎[^。]{{0,24}}
    | [阅閱][读讀]原文\W{{0,2}}[^。]{{0,16}}(?:[领領]|[报報]名|[购購][买買]|查看)[^。]{{0,16}}
    | [评評][论論]功能[^。]{{0,30}} | 文章已于(?:\d{{4}}-\d\d-\d\d)?修改
    | [^。]{{0,6}}{_FOLLOW}[^。，]{{0,24}}(?:微信)?
      (?:推送|公[众眾][号號]|[聆收][听聽看]|本[号號])[^。]{{0,12}}
    | [订訂][阅閱][^。]{{0,12}}[邮郵]件[^。]{{0,24}}
    )\W*$""",
    re.VERBOSE,
)
#: Most lines have none of these.
_HINT: Final = re.compile(
    r"[点點按戳扫掃滑赞讚]|[读讀]原文|[关關]注|[订訂][阅閱]|回[复複復]|更多|[这這]些|喜[欢歡]|[觉覺]得|推[荐薦]|"
    r"精[选選彩]|微信|微博|公[众眾]|[邮郵箱]|[Mm]ail|QQ|投稿|ID|[联聯]|合作|商[务務]|防[失走]|二[维維]|打[赏賞]|[欢歡]迎|[评評][论論]|修改"
)
_TAPS: Final = re.compile(rf"^\W*(?:{_TAP}|(?:公[众眾][号號])?[后後][台臺]回)")
#: Arrows and triangles alone, which point at a picture to scan or a link.
_ARROWS: Final = re.compile(r"[\s▼▽▲△↓↑⬇⬆👇👆☟☝↘→]+")


def addresses_followers(line: str) -> bool:
    """Whether a line only tells an account's followers what to do, or where else to find it."""
    if len(line) > _LONGEST or _HINT.search(line) is None:
        return _ARROWS.fullmatch(line) is not None
    return _LINE.match(line) is not None and _QUOTES.search(line) is None


def asks_to_tap(line: str) -> bool:
    """Whether a line tells followers to tap, scan or reply: what follows is what they get for it."""
    return _TAPS.match(line) is not None and addresses_followers(line)
