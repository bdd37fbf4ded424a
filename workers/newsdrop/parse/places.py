"""Where reporters in Chinese are, for the lines that glue them to the place.

A list of frequent ones; no gazetteer.
"""

from __future__ import annotations

__all__ = ["PLACES"]

#: Where reporters are; the last are Taiwan's cities and counties.
PLACES = (
    r"(?:北京|上海|天津|重[庆慶]|香港|澳[门門]|[台臺][北中南湾灣]|高雄|[华華]盛[顿頓]|[纽紐][约約]|[旧舊]金山|洛杉[矶磯]|芝加哥|波士[顿頓]|"
    r"多[伦倫]多|[温溫]哥[华華]|渥太[华華]|[伦倫]敦|巴黎|柏林|[东東]京|首[尔爾]|曼谷|新德里|悉尼|墨[尔爾]本|布[鲁魯]塞[尔爾]|日[内內]瓦|莫斯科|"
    r"基[辅輔]|[华華]沙|[维維]也[纳納]|[罗羅][马馬]|新加坡|吉隆坡|河[内內]|仰光|[达達][兰蘭]萨拉|[美英法德泰]国|[韩韓][国國]|日本|加拿大|"
    r"澳[洲大]|[广廣]州|深圳|成都|武[汉漢]|南京|西安|杭州|"
    r"新北|桃[園园]|基隆|新竹|嘉[義义]|苗栗|彰化|南投|[雲云]林|屏[東东]|宜[蘭兰]|花[蓮莲]|[台臺][東东]|澎湖|金[門门]|[馬马]祖)"
)
