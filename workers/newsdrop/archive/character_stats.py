"""How much a text resembles one of the languages of the press, that is, whether its encoding is right.

    Chinese, Japanese, Korean    the share of the most common characters
    Russian and its neighbours   the share of small letters that are frequent
    languages in Latin letters   the share of foreign letters that one language knows

Bytes read in a wrong encoding of the same kind give characters of any frequency: a tenth of them are frequent
by chance. Shares are of the non-ASCII characters, because markup would dominate the others. Knows nothing of
bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final

__all__ = [
    "ENOUGH", "ENOUGH_DAILY", "chinese_share", "chinese_share_of_few", "cyrillic_share", "daily_share",
    "foreign_letters",
    "japanese_share", "kanji_share", "korean_share", "latin_share",
]  # fmt: skip

#: The share that tells a language from other bytes decoded as it; with few characters, chance matters more.
ENOUGH: Final = 0.42
#: The share of everyday characters in Chinese text that is decoded with the right standard.
ENOUGH_DAILY: Final = 0.6
_SAMPLE_CHARS = 2_000

#: The characters that make up two thirds of any Chinese prose, in either script.
_CHINESE = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里"
    "用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实"
    "日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政"
    "美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员"
    "解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件"
    "计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象"
    "完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运笔况千造百"
    "持根转际府团步病革委州宣布称警察香港台湾京广议案选举投票网络疫闻媒视频企济银贸易席官央元亿组织协育医"
    "拘留逮捕维律抗示威调查显消息源這個箇們來為國說時齣會對於著過發後種經麼學現當沒動還進樣開隻祗從實軍無"
    "牠與長機關點業將兩間問並併應戰頭體見產製話閤迴內給門兒東聲員論處義幾認條係繫氣題爾別變總電數報結務場"
    "計資許統區隊決馬書則聽卻達強難權設記類據邊張該規萬覺術領確傳師觀讓識帶導爭運筆況轉際團糰佈稱臺灣廣議"
    "選舉網絡聞視頻濟銀貿蓆億組織協醫維調顯裡"
)
#: The characters that make up a good part of the rest.
_CHINESE_TOO = frozenset(
    "收推增落改退复送排减倒引修失算击散升换杀破停叫止除办追演守逃压装写掉离集断获防降射居流请攻预待存创飞"
    "笑注翻伤探缩招编述跌归备养照脱承征救奔列呼卖低销采置满围洗超占坐夺侵证露疑包配紧阻灭封迁兵害兴移近护"
    "迎烧购服干伸钱参陷穿免往抽火败拿折盘赶担乱禁延审补负喝聚谈访撤致闭摆涨沉足吸睡股首避讲吃职亡借划激准"
    "付考毁临抢透批扬登买挂爱拍胜血评限纳连兼答车助扩深订奉裂顾执支热载腾涌抓荡赞抱积录读冲联抬测叹随略怀"
    "价倾劝忧损休暴讨藏拜予绝迷揭酒签风拨跳横赏输婚喊诉抵袭值促拥埋替错驻操割弃背涉逼伏启供扫约靠未辞城扰"
    "搭依绕判熟派构跟假摇寻递牌欢缺迫隐闪跑截含纵悉醒衰惊缓抛始忘整摸遇累触食谢响检误汇仓盖描痛言图属牵握"
    "拆遵掩责苦刺召鼓犯奏款罪挤试授冒托喜搬碰享驶献怒奋念垂附爆扎隔剥站容暗索敌释废扶诊斥炼伴充泄返弄恶坏"
    "哭敬拟适谋精罢施偏剩拖越镇掘渡慰标敲卫违惜独寄邻富跃够插浮拔削远忍介偿炸质遣塞扣贯碎暖询费节葬挑扭恋"
    "贴筹仿唱援否专辨丧吐财御申缴撞继尚植拦磨愿吞旨驾善续尽突遭巡土披历航燃阅固聘吓骂吹踪喷禀虑料互冷跪似"
    "找售劫毒具译猜挫抖印踏尊税赚商礼跨辖残抚侍闹挖遍凝陪拼饭仰恨丢掌习优捉滚红颤拾震颁晓溃赴弱药鉴班租差"
    "逐叛迈严扮旋攀赔挣唤飘歇华押搜嫁诱堵驰扯減脩擊換殺辦壓裝寫離斷請預創飛傷縮編歸備養脫徵賣銷滿圍佔奪緊"
    "滅遷興護燒購錢敗摺盤趕擔亂審補負談訪緻閉漲講職藉劃準臨搶揚買掛愛勝評納連車擴訂顧執熱載騰湧積讀聯測隨"
    "懷價傾勸憂損討風撥橫賞輸訴牴襲擁錯駐棄掃約辭擾構搖尋遞歡隱閃縱驚緩拋纍觸謝響檢誤倉蓋圖屬牽責擠試託駛"
    "獻奮剝敵釋廢診洩壞擬適謀罷標違獨鄰躍夠遠償質貫詢費節戀貼籌彷專喪財禦繳繼攔願駕續嚇蹤噴稟慮譯稅賺禮轄"
    "殘撫鬧飯丟習優滾紅顫頒曉潰邁嚴賠掙喚飄華蒐馳"
)
#: The kanji that make up three quarters of those in Japanese newspapers.
_KANJI = frozenset(
    "日一国会人年大十二本中長出三同時政事自行社見月分議後前民生連五発間対上部東者党地合市業内相方四定今回"
    "新場金員九入選立開手米力学問高代明実円関決子動京全目表戦経通外最言氏現理調体化田当八六約主題下首意法"
    "不来作性的要用制治度務強気小七成期公野協取都和統以機平総加山思家話世受区領多県続進正安設保改数記院女"
    "初北午指権心界支第産結百派点教報済書府活原先共得解名交資予川向際査勝面委告軍文反元重近千考判認画海参"
    "売利組知案道信策集在件団別物側任引使求所次水半品昨論計死官増係感特情投示変打男基私各始島直両朝革価式"
    "確村提運終挙果西勢減台広容必応演電歳住争談能無再位置企真流格有疑口過局少放税検藤町常校料沢裁状工建語"
    "球営空職証土与急止送援供可役構木割聞身費付施切由説転食比難防補車優夫研収断井何南石足違消境神番規術護"
    "展態導鮮備宅害配副算視条幹独警宮究育席輸訪楽起万着乗店述残想線率病農州武声質念待試族象銀域助労例衛然"
    "早張映限親額監環験追審商葉義伝働形景落欧担好退準賞訴辺造英被株頭技低毎医復仕去姿味負閣韓渡失移差衆個"
    "門写評課末守若脳極種美岡影命含福蔵量望松非撃佐核観察整段横融型白深字答夜製票況音申様財港識注呼渉達橋"
    "紙載並晩祭駅街"
)
#: The syllables that make up three quarters of any Korean prose.
_SYLLABLES = frozenset(
    "이다는을의에가고를은기한하지로사도인서정자대시어리수해나부있들과보전장국제일으게성구상조연주적만원동"
    "여안니비유선라그경신회공업생중위방진물세개소아미관민스내모무간금용러실면년했행당발김계오교단영통학등"
    "치음말체산식건화재결양력령문남점북명된되할것두였습까요우데트감태같던터려때법반속권현표환직청최호야종"
    "열런"
)
_CJK_MARKS = frozenset("，。、：；「」『』《》“”？！（）…—·・ー　")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fc]")
_HIRAGANA = re.compile("[\u3041-\u3096]")
#: Japanese prose is half kana, a headline a fifth; Chinese that quotes Japanese has a few.
_KANA_OF_JAPANESE = 0.15
_RUSSIAN = frozenset("оеаинтсрвлкмдпуяыьгзбчй")
_FEWEST_CYRILLIC = 8
_FEWEST_CAPITALS = 12
#: Longer than a headline, no Russian text is all capitals or has none. Hebrew is, read as if it were Russian.
_FEWEST_OF_BOTH_CASES = 150
_OTHERS_IN_CYRILLIC = 0.05
#: Beside an ASCII letter, or a capital after a small one.
_NO_CYRILLIC_WORD = re.compile(
    "[A-Za-z][\u0400-\u045f]|[\u0400-\u045f][A-Za-z]|[\u0430-\u045f][\u0400-\u042f]"
)
_FEWEST_KANJI = 4
#: The first bytes under which GB 2312 and Big5 list the everyday characters.
_DAILY = {"gb2312": range(0xB0, 0xD8), "big5": range(0xA4, 0xC7)}
#: Typographic marks, which stand in texts of any language.
_NEUTRAL = frozenset("“”‘’„‚«»‹›–—…•·€£§©®°™\u00a0´")
#: The non-ASCII letters of languages in Latin script that used old encodings.
_ALPHABETS: Final = tuple(
    frozenset(letters + letters.upper().replace("SS", ""))
    for letters in (
        "äöüßé", "àâæçèéêëîïôùûüÿœ", "áéíñóúü¡¿ºª", "áâãàçéêíóôõúüºª", "àèéìíîòóùú", "åäöæøéü", "ëïéèöü",
        "áðéíóúýþæö", "ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "ăâîşţșț", "čćđšž",
        "çğıöşüâîû",
    )
)  # fmt: skip


def chinese_share(text: str) -> float:
    """The share of the non-ASCII characters that are frequent in Chinese; 0 for a text full of kana."""
    letters = foreign_letters(text)
    if sum(map(_is_hiragana, letters)) > _KANA_OF_JAPANESE * len(letters):
        return 0.0
    return _share(letters, _CHINESE.__contains__)


def chinese_share_of_few(text: str, codec: str) -> float:
    """`chinese_share` for a few words, hardly any of them frequent; 0 unless most are everyday characters."""
    if daily_share(text, codec) < ENOUGH_DAILY:
        return 0.0
    return _share(foreign_letters(text), lambda char: char in _CHINESE or char in _CHINESE_TOO)


def kanji_share(text: str) -> float:
    """The share of the non-ASCII characters that are kana or frequent kanji; also for words without kana."""
    letters = foreign_letters(text)
    if len(letters) < _FEWEST_KANJI:
        return 0.0
    return _share(letters, lambda char: char in _KANJI or _KANA.match(char) is not None)


def daily_share(text: str, codec: str) -> float:
    """The share of the non-ASCII characters that are everyday ones (level 1) in gb2312 or big5.

    Text decoded with the wrong one of the two has half of its characters elsewhere.
    """
    letters = [char for char in foreign_letters(text) if char not in _CJK_MARKS]
    firsts = "".join(letters).encode(codec, "ignore")[::2]
    return sum(first in _DAILY[codec] for first in firsts) / len(letters) if letters else 0.0


def japanese_share(text: str) -> float:
    """The share of the non-ASCII characters that are kana or frequent kanji; 0 for hardly any kana."""
    letters = foreign_letters(text)
    kana = sum(_KANA.match(char) is not None for char in letters)
    if kana < _KANA_OF_JAPANESE * len(letters):
        return 0.0
    return _share(letters, lambda char: char in _KANJI or _KANA.match(char) is not None)


def korean_share(text: str) -> float:
    """The share of the non-ASCII characters that are frequent Korean syllables."""
    return _share(foreign_letters(text), _SYLLABLES.__contains__)


def cyrillic_share(text: str) -> float:
    """The share of the non-ASCII characters that are small letters frequent in Russian, or capitals alone.

    0 for a few characters, since each byte is a letter and every second one frequent; and if others occur.
    """
    letters = [char for char in foreign_letters(text) if char not in _NEUTRAL]
    others = sum(not "\u0400" <= char <= "\u045f" for char in letters)
    others += sum(1 for _ in _NO_CYRILLIC_WORD.finditer(text[:_SAMPLE_CHARS]))
    if len(letters) < _FEWEST_CYRILLIC or others > _OTHERS_IN_CYRILLIC * len(letters):
        return 0.0
    capitals = sum(map(str.isupper, letters))
    if len(letters) >= _FEWEST_OF_BOTH_CASES and capitals in (0, len(letters)):
        return 0.0
    if len(letters) >= _FEWEST_CAPITALS and capitals == len(letters):
        # A headline in capitals, which are the small letters of the other encoding.
        letters = [char.lower() for char in letters]
    return _share(letters, _RUSSIAN.__contains__)


def latin_share(text: str) -> float:
    """The share of the non-ASCII characters that belong to the one language that uses most of them."""
    letters = [char for char in foreign_letters(text) if char not in _NEUTRAL]
    if not letters:
        return 1.0
    return max(sum(char in alphabet for char in letters) for alphabet in _ALPHABETS) / len(letters)


def foreign_letters(text: str) -> list[str]:
    """The characters that aren't ASCII, up to a bound: the head of a page may hold nothing else."""
    return list(islice((char for char in text if char > "\x7f"), _SAMPLE_CHARS))


def _share(letters: Sequence[str], frequent: Callable[[str], bool]) -> float:
    """The share of frequent characters, not counting punctuation, which all encodings share."""
    own = [char for char in letters if char not in _CJK_MARKS]
    return sum(map(frequent, own)) / len(own) if own else 0.0


def _is_hiragana(char: str) -> bool:
    return _HIRAGANA.match(char) is not None
