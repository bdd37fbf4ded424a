r"""What sites in Chinese, Japanese and Korean say to their readers above and below an article.

    訂閱電子報    加入海邊LINE好友    暂无评论    分享到：微信 微博    この記事をシェアする

And the sentences with which accounts ask for followers: they speak to the reader, name the account or what it
sends, and say what to do. Asked only about the first lines of a text (beginnings.py) and the last ones
(endings.py), in an unbroken run. Refuses what somebody says. Pure.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["appeals", "prompts_eastern_readers"]

_LONGEST: Final = 90
_LONGEST_APPEAL: Final = 120
_PLACES: Final = (
    r"(?:微信|微博|朋友圈|QQ空[间間]?|QQ|好友|Facebook|FB|[臉脸][書书]|LINE|Line|Twitter|推特|X"
    r"|人人[网網]?|豆瓣|知乎|新浪|"
    r"[腾騰][讯訊]|[邮郵]件|Email|WhatsApp|Telegram|Threads|[复複][制製]?[链鏈連][接結])"
)
_JOINED: Final = (
    r"(?:電子報|电子报|LINE|Line|IG|Instagram|FB|Facebook|粉[絲丝]|好友|[會会][員员]|APP|App|我[們们]"
    r"|[頻频]道|Telegram|"
    r"YouTube|Podcast|社[團群团]|[讀读]者群|交流群|微信群|公[众眾][号號]|[帳账][號号])"
)
_CHINESE: Final = rf"""
      (?:原文|本文|文章)(?:[链鏈連][接結]|地址|[网網]址)[：:]?\s?(?:https?://\S+)?
    | 特此[声聲]明 | 分享(?:到|至|[给給])?[：:\s]*(?:{_PLACES}[\s/|、，]*)+
    | (?:[关關][键鍵][词詞字]|[标標][签籤]|[话話][题題]|Tags?)\s?[：:][^。！？]{{1,60}}
    | (?:[暂暫]?[无無]|[发發]表|[查点點]看|我要|[写寫]|[登][录錄入][后後]?(?:才能
      |可以?)?(?:[发發]表)?)(?:[评評][论論]|留言)
    | 我[来來要][说說][两兩]句 | 留言(?:板|[区區])? | [评評][论論][区區]? | [网網]友[评評][论論]
    | 0\s?[条條][评評][论論]
    | (?:查看|加[载載]|[点點][击擊]|[显顯]示)?更多
    | 更多[^。，]{{0,8}}(?:新[闻聞]|[报報][道導]|[资資][讯訊]|[内內]容|文章|消息)
    | [^。，：:]{{2,24}}\s?版[权權]所有[^。]{{0,30}}
    | (?:投[诉訴]|[举舉][报報]|[联聯][系繫繋絡]|服[务務]|新[闻聞]|爆料|合作)*(?:[电電][话話]
      |[热熱][线線])[：:]\s?[\d\s()+–-]{{7,}}[^。]{{0,60}}
    | (?:新[闻聞])?(?:[线線]索|爆料|投稿|合作)(?:[邮郵]箱|信箱|[电電]子[邮郵]件)?[：:]\s?\S{{4,40}}
    | (?:[题題首封][图圖]|封面[图圖]?|[图圖]片?)(?:片?[来來]源)?\s?[：:／]\s?[^。，]{{2,24}}
    | [关關]注[^。，]{{1,16}}[，,][^。]{{0,8}}(?:更多|第一[时時][间間]|每[日天])[^。]{{0,20}}
    | (?:如果|要是|若)[^。]{{0,24}}[，,][^。]{{0,4}}(?:[点點加][个個]?|[设設][为為])(?:[关關]注|在看
      |[赞讚]|星[标標]|[转轉][发發])[^。]{{0,8}}
    | [觉覺]得[^。，]{{0,8}}[请請][点點][^。]{{0,8}}
    | (?:立即|[馬马]上|[點点]我|[歡欢]迎|免[費费]|快?[來来])?\s?(?:訂[閱阅]|订阅|加入|追[蹤踪]|[關关]注
      |下[載载]|[贊赞]助|支持|成[為为]|按[讚赞]|捐款|捐助)
      [^。，]{{0,12}}{_JOINED}[^。說说的他她後后]{{0,24}}
    | (?:訂[閱阅]|加入|下[載载])[^。，]{{0,12}}{_JOINED}[，,\s][^。說说他她]{{0,24}}
    | [※◎●★☆]\s?[^。：:]{{0,14}}(?:提醒|呼[籲吁]|[關关]心)您?[^。]{{0,60}}。?
    | [※◎][^。]{{0,12}}(?:有害健康|[開开][車车]不喝酒)[^。]{{0,30}}。?
    | 本文[^。]{{0,20}}授[权權][转轉][载載][^。]{{0,20}}。?
    | (?:加入|添加)?(?:收藏|[书書][签籤]|我的最[愛爱]) | [上下]一?[則则篇] | A\s?[+-](?:[\s/|]*A\s?[+-])*
    | 返回(?:列表|首[页頁]|[顶頂]部)?
"""
_JAPANESE: Final = r"""
      (?:この?記事を)?(?:シェア|印刷|保存|ブックマーク|フォロー|ツイート|お気に入り(?:に追加)?
      |メール(?:で送る)?)(?:する)?
    | 続きを(?:読む|見る)(?:には?ログイン|には?会員登録)? | 残り\W?\d+文字.{0,24}
    | (?:人気|注目|アクセス)(?:の?記事)?ランキング
    | (?:メルマガ|メールマガジン|ニュースレター)(?:に|の|を)?(?:登録|購読)?.{0,8}
    | 公式(?:LINE|X|Twitter|Facebook|Instagram|アカウント).{0,16}
    | (?:写真|画像)(?:提供)?[：:=＝／][^。]{1,30} | コメント(?:を書く|する|\d+件)?
    | (?:有料|会員限定)(?:記事|会員限定)?
    | (?:トップ|ホーム|一覧)(?:へ|に)戻る | (?:前|次)の(?:記事|ページ)(?:へ)?
"""
_KOREAN: Final = r"""
      [\w.+-]{2,40}@[\w-]+(?:\.[\w-]+){1,3} | 관련\s?기사\W.{0,60}
    | (?:저작권자\s?)?[ⓒ©]\s?[가-힣\w ]{2,20}(?:\([^()]{0,40}\))?
    | .{0,40}(?:구독하기|바로\s?가기|구독하세요|채널\s?추가)\W{0,3}
    | (?:기사\s?)?제보(?:하기|는)?(?:\s[^.]{0,30}[A-Za-z\d@][^.]{0,30})? | 사진\s?[=:／/].{2,30}
    | [/=]\s?[가-힣]{2,4}\s?(?:인턴\s?)?기자
    | (?:공유|인쇄|스크랩|북마크|구독|댓글)(?:하기|\s?쓰기|\s?보기)? | 가(?:\s?가)* | 글씨\s?크기.{0,12}
    | (?:이전|다음)\s?기사(?:\s.{0,60})? | 좋아요(?:\s?\d+)?
"""
_LINE: Final = re.compile(rf"\W*(?:{_CHINESE}|{_JAPANESE}|{_KOREAN})[^\w。]*", re.VERBOSE)
#: What a sentence that asks for followers names, asks for, and whom it speaks to.
_ACCOUNT: Final = re.compile(
    r"公[众眾][号號]|星[标標]|推送|本[号號]|[讀读]者群|社群|微信群|交流群|小程序|電子報|电子报"
    r"|[会會][员員]|[线線]索|爆料|投稿|"
    r"[客][户戶]端|APP|[粉][丝絲]|[频頻]道|[赞贊]助|捐[款助]|打[赏賞]|[独獨]立媒[体體]"
)
_ASKED: Final = re.compile(
    r"[关關]注|[订訂][阅閱]|[设設加][为為]|置[顶頂]|添加|加入|[点點][击擊]|[扫掃][码碼描一]|下[载載]|支持"
    r"|[赞贊]助|捐|爆料|投稿|[联聯][系繫繋絡]|[转轉][发發]"
)
_READER: Final = re.compile(
    r"[欢歡]迎|敬?[请請][将將把您你点點关關订訂扫掃加长長]|敬[请請]|[如若]果?[您你]|[您你](?:的|可|也|有"
    r"|喜)|朋友[们們]|我[们們]的?(?:公|微|推|[频頻]|粉)"
)
_SAID: Final = re.compile(
    r"[说說道称稱写寫问問][：:，,“「。]|[”」][，,]?\s?[^\s，。]{0,6}[说說道]|[？?]|[说說]。?$|^[他她它]|[他她][们們]?(?:[说說]|[关關]注)"
)


def prompts_eastern_readers(line: str) -> bool:
    """Whether a line only asks readers to do something, or is a tool or notice of the site."""
    return len(line) <= _LONGEST and _LINE.fullmatch(line) is not None and _SAID.search(line) is None


def appeals(line: str) -> bool:
    """Whether a sentence asks readers to follow, to write in or to pay."""
    return (
        len(line) <= _LONGEST_APPEAL
        and _ACCOUNT.search(line) is not None
        and _ASKED.search(line) is not None
        and _READER.search(line) is not None
        and _SAID.search(line) is None
    )
