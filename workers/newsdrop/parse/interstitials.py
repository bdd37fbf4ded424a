"""Pages that stand in for an article: not found, a check for robots, a form, a consent wall, a removed post …

Crawlers save them under the article's URL, and if indexed they would hide it, or be found as articles.
They are recognised by what they call themselves, in their <title>, header or first heading, and by how little
text they have: an article about error 404 is longer than a notice. The name must be the whole title, except
for the site's own name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from newsdrop.documents import Block

__all__ = ["stands_in"]

#: A notice has no more text than this; a letter of Chinese, Japanese or Korean counts three times.
_NOTICE_WEIGHT = 900
_WIDE = re.compile("[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af]")

_NAMES: dict[str, str] = {
    "a page that was not found": r"""
        (?:(?:http|error|fehler|erreur|ошибка|错误)[\s:#-]*)?4(?:04|10)
        (?:[\s:|–—-]*(?:error|fehler|not\ found|file\ not\ found|page\ not\ found|seite\ nicht\ gefunden))?
      | (?:(?:oops|sorry|ups)[\s!,.…]*)?(?:the\ |this\ |that\ )?(?:page|file|article|story
        |content)?\s?(?:was\ |is\ |could\ |can)?
        (?:not\ (?:be\ )?found|no\ longer\ available|not\ available|doesn[’']t\ exist|does\ not\ exist)
      | (?:die\ )?(?:seite|datei)\ (?:wurde\ )?nicht\ gefunden | (?:page|article)\ (?:introuvable
        |non\ trouvée?)
      | p[áa]gina\ (?:no|não)\ encontrada | pagina\ (?:non\ trovata|niet\ gevonden) | страница\ не\ найдена
      | nie\ znaleziono\ strony
      | (?:抱歉|对不起|很抱歉|對不起)?[，,！!\s]*(?:您|你)?(?:所|要)?
        (?:访问|請求|请求|查看|浏览|瀏覽|要找|指定)?的?
        (?:页面|頁面|网页|網頁|文章|内容|內容|主题|主題|帖子)
        (?:没有找到|不存在|未找到|找不到|已(?:被)?(?:删除|刪除)|走丢了)
        (?:[，,、]?或?(?:者)?(?:已(?:被)?(?:删除|刪除|更名|移动)|正在被审核|更名|暂时不可用|不存在)){0,3}
      | (?:找不到|未找到)(?:该|此|您[^，。]{0,8}的)?(?:网页|網頁|页面|頁面)
      | (?:お探しの)?ページ[はが]見つかりません(?:でした)? | (?:요청하신\s)?페이지를\ 찾을\ 수\ 없습니다
    """,
    "a refusal or a fault of the server": r"""
        (?:(?:http|error)[\s:#-]*)?(?:40[0135]|429|50[0-4])
        (?:[\s:|–—-]*(?:error|forbidden|unauthorized|bad\ gateway|bad\ request
        |service\ (?:temporarily\ )?unavailable
        |internal\ server\ error|gateway\ time-?out|too\ many\ requests))?
      | (?:403\ )?forbidden | access\ (?:is\ )?denied | access\ to\ this\ page\ has\ been\ denied
        | bad\ gateway
      | service\ (?:temporarily\ )?unavailable | internal\ server\ error | gateway\ time-?out
        | too\ many\ requests
      | request\ (?:blocked|rejected|unsuccessful)
      | (?:site|website)?\s?(?:is\ )?(?:down\ for|under)\ maintenance | (?:site|scheduled)\ maintenance
      | we[’']ll\ be\ (?:right\ )?back(?:\ (?:soon|shortly))? | (?:网站|系统)(?:正在)?(?:升级)?维护中?
      | (?:451[\s:–—-]*)?unavailable\ (?:due\ to|for)\ legal\ reasons
      | (?:error\ establishing\ a\ )?database\ (?:connection|error) | (?:fatal|parse)\ error:.*
      | (?:系统|错误|消息)?提示(?:信息|消息) | (?:系统)?出错[了啦] | 系统(?:错误|繁忙)(?:[，,]请稍[后候]再试)?
      | 访问(?:被)?(?:拦截|阻断) | 安全拦截
      | (?:很抱歉[，,])?由于您访问的URL有可能对网站造成安全威胁[，,]您的访问被阻断
      | zugriff\ verweigert | accès\ (?:refusé|interdit) | acceso\ denegado | accesso\ negato
      | доступ\ (?:запрещ[её]н|ограничен) | (?:禁止访问|拒绝访问|訪問被拒絕|访问被拒绝|服务器错误)
    """,
    "a check for robots": r"""
        just\ a\ moment | one\ moment(?:,?\ please)? | attention\ required | please\ wait
        | checking\ your\ browser
      | (?:please\ )?verify\ (?:that\ )?you\ are\ (?:a\ )?human | are\ you\ a\ (?:robot|human)
        | robot\ check
      | security\ check(?:point)? | vercel\ security\ checkpoint | pardon\ our\ interruption | ddos-guard
      | human\ verification | (?:bot|client)\ (?:challenge|verification) | captcha
      | (?:please\ )?(?:enable|turn\ on)\ (?:js|javascript|cookies)(?:\ and\ [\w\s]+)?
      | javascript\ is\ (?:not\ available|disabled|required) | einen\ moment(?:\ bitte)? | un\ instant
        | un\ momento
      | press\ (?:&|and)\ hold\ to\ confirm\ .*
      | (?:百度|腾讯|网易|微博|新浪|京东|淘宝|阿里云?)?
        (?:安全|访问|人机|身份|滑动|滑块|图形)验证(?:中心)?
      | (?:环境|访问)异常 | 验证码 | 请稍[候等后] | 請稍候
    """,
    "a form to sign in": r"""
        (?:用户|会员|用戶|會員)?登[录錄入](?:页面|頁面)?(?=\s*[|｜_–—-]\s*\S)  # not the heading of a dialog
      | please\ (?:log|sign)\ in(?:\ to\ (?:continue|read|view)(?:\ .{1,30})?)?
      | (?:log|sign)\ in\ to\ (?:continue|read)(?:\ reading)?
      | (?:请|請)(?:您)?先?登[录錄入](?:后|後)?(?:查看|阅读|閱讀|访问)?(?:全文|内容)?
    """,
    "an offer to subscribe": r"""
        subscribe\ to\ (?:read|continue)(?:\ reading)?
      | this\ (?:article|content)\ is\ for\ subscribers(?:\ only)?
      | (?:订阅|訂閱|付费|付費)(?:后|後)?(?:阅读|閱讀|查看)(?:全文)?
    """,
    "a redirection": r"""
        (?:(?:you\ are\ being\ )?redirect(?:ing|ed)|page\ redirection) | 30[12378]\ (?:found|see\ other)
      | (?:30[178]\ )?(?:moved\ permanently|object\ moved|document\ moved|(?:temporary|permanent)\ redirect)
      | (?:正在|页面|頁面)(?:自动)?跳[转轉](?:中|提示)?
    """,
    "a list of files": r"(?:index\ of|directory\ listing\ for)\ /\S*",
    "an offer of a domain": r"""
        [\w.-]{1,60}\.[a-z]{2,12}\ is\ for\ sale
      | (?:this\ )?domain(?:\ name)?\ (?:is\ )?(?:for\ sale|parked|expired)
      | (?:该|此)?域名(?:出售|转让|已过期)
    """,
    "a browser's notice that it could not load the page": r"""
        (?:this\ site|this\ page|the\ webpage)\ (?:can[’']t|cannot|could\ not)
        \ be\ (?:reached|displayed|loaded)
      | (?:hmm[.…]{1,3}\ ?)?(?:we[’']re\ having\ trouble\ finding\ that\ site
        |(?:can[’']t|cannot)\ reach\ this\ page)
      | your\ connection\ is(?:n[’']t|\ not)\ private | privacy\ error
      | (?:server\ not\ found|unable\ to\ connect)
      | 无法访问此(?:网站|页面) | 無法連上這個網站 | 您的连接不是私密连接 | 找不到服务器
    """,
    "a consent wall": r"""
        (?:we,\ )?yahoo,?\ (?:is|are)\ part\ of\ the\ yahoo\ family\ of\ brands |
        before\ you\ continue(?:\ to\ .{1,30})? | (?:your\ )?(?:privacy|cookie)\ (?:choices|preferences
        |settings|consent)
      | (?:we\ value\ )?your\ privacy | cookie\ consent | datenschutz-?einstellungen
      | bevor\ sie\ (?:zu\ .{1,30}\ )?(?:weitergehen|fortfahren) | avant\ d[’']accéder\ à\ .{1,40}
    """,
    "a post that was taken down": r"""
        (?:该|此|這個|这个)?(?:内容|內容|文章|帖子|微博)(?:已|因)[^，。]{0,24}(?:删除|刪除|屏蔽|无法查看|無法查看|下架)
      | (?:该|此)(?:内容|內容|文章)已下[线線]
      | (?:该|此)(?:内容|內容)(?:被投诉|发送失败|涉嫌)[^。]{0,24}无法查看
      | (?:该|此)?(?:链接|文章)已(?:过期|失效)
      | (?:该|此)(?:公众号|帐号|账号)已[^，。]{0,12}(?:屏蔽|迁移|注销|封禁|停用)
      | (?:this\ )?(?:account|post|tweet|video)\ (?:has\ been\ |is\ |was\ )?(?:suspended|removed
        |deleted|unavailable)
    """,
}
_PATTERNS = {
    reason: re.compile(
        rf"""
        (?:.{{1,40}}\s*[|｜:：·–—_-]\s*)?              # the site, before
        [\s!¡.…"“]*(?:{pattern})[\s!?.…"”。！]*
        (?:\s*[|｜:：·–—_-]\s*.{{0,60}})?              # or after
        """,
        re.IGNORECASE | re.VERBOSE,
    )
    for reason, pattern in _NAMES.items()
}
_LONGEST = 160


def stands_in(names: Iterable[str], blocks: Sequence[Block]) -> str:
    """What a page is instead of an article, or nothing.

    Args:
        names: its titles and first heading. If it has none, its only block is its name.
    """
    weight = 0
    for block in blocks:
        weight += len(block.text) + 2 * len(_WIDE.findall(block.text))
        if weight > _NOTICE_WEIGHT:
            return ""
    told = [name for name in names if name] or [block.text for block in blocks if len(blocks) == 1]
    short = [name for name in told if 0 < len(name) <= _LONGEST]
    return next(
        (reason for reason, pattern in _PATTERNS.items() for name in short if pattern.fullmatch(name)), ""
    )
