"""Whether Chinese letters may be a person's name: surnames, and the words that names don't contain.

The surnames are the usual ones in both scripts, without those that are everyday words. Where a label says
that a name follows, there is no need to ask here: this is for lines that may as well be questions.
"""

from __future__ import annotations

import re

__all__ = ["has_surname", "is_talk"]

_SURNAMES = frozenset(
    "王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何林高罗羅郑鄭梁谢謝宋唐许許韩韓冯馮邓"
    "鄧曹彭曾肖萧蕭田董袁潘于蒋蔣蔡余杜叶葉程苏蘇魏吕呂丁任沈姚卢盧姜崔钟鍾谭譚陆陸汪范金石廖"
    "贾賈夏韦韋付傅方白邹鄒孟熊秦邱江尹薛闫閻段雷侯龙龍史陶黎贺賀顾顧毛郝龚龔邵万萬钱錢严嚴覃"
    "武戴莫孔向汤湯温溫康施文牛樊葛邢安齐齊易乔喬伍庞龐颜顏倪庄莊聂聶章鲁魯岳翟殷詹申欧歐耿关"
    "關兰蘭焦俞左柳甘祝包宁寧尚符舒阮柯纪紀梅童凌毕畢单單季裴霍涂塗成苗谷盛曲翁冉骆駱蓝藍路游"
    "辛靳管柴蒙鲍鮑华華喻祁蒲房滕屈饶饒解牟艾尤阳陽穆农農司卓古吉缪繆简簡车車项項连連芦蘆麦麥"
    "褚娄婁窦竇戚岑景党黨宫宮费費卜冷晏席卫衛米柏宗瞿桂全佟臧闵閔苟邬鄔边邊卞姬师師仇栾欒隋商"
    "刁沙荣榮巫寇桑郎甄丛叢仲虞敖巩鞏明佘池查麻苑迟遲邝鄺官封谈談匡鞠惠荆荊乐樂冀郁胥南班储儲"
    "原栗燕楚鄢劳勞谌諶奚皮粟冼蔺藺楼樓盘盤闻聞位厉厲伊仝区區郜海阚闞帅帥屠豆朴廉禹井祖漆巴丰"
    "豐支卿狄索宣晋晉容敬扈晁芮都阙闕浦戈伏鹿薄邸雍"
)
_COMPOUND = frozenset([
    "欧阳", "歐陽", "司马", "司馬", "上官", "诸葛", "諸葛", "东方", "東方", "皇甫", "尉迟", "公孙", "公孫",
    "慕容", "令狐", "司徒", "端木", "南宫", "南宮", "夏侯", "长孙", "長孫", "宇文",
])  # fmt: skip
_TALK = re.compile(
    r"[的了吗嗎呢么麼吧啊呀是不没沒你您我他她它谁誰这這哪很就也还還要]"
    r"|^(?:[谢謝]{2}|方便|高[兴興]|何[时時处處地故人]|[马馬]上|安全|平安|成功|[当當]然|明白|同意|可以|未[知详詳]|佚名|匿名)$"
)


def is_talk(name: str) -> bool:
    """Whether a text contains or is a word typical of questions and answers, or means nobody."""
    return _TALK.search(name) is not None


def has_surname(name: str) -> bool:
    """Whether a text of Han letters is a surname followed by one or two letters."""
    if name[:2] in _COMPOUND:
        return 3 <= len(name) <= 4
    return 2 <= len(name) <= 3 and name[0] in _SURNAMES
