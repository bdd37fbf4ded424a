"""The words that times are written with: months, days of the week, halves of the day, zones, eras.

Spelled as they are looked up: in small letters, without accents and without the point of an abbreviation.
Languages are not kept apart, because few pages say theirs; a word that is a month in one and a day of the
week in another (`mar`) stands in both tables, and scanning.py tells which is meant. Refused are the names
that several zones share (CST, IST, BST, AST) and months that two languages number
differently (Croatian `listopada` is October, where Polish has it for November).
"""

from __future__ import annotations

from datetime import UTC, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

__all__ = ["ERAS", "FILLERS", "HALF_LETTERS", "HALVES", "MONTHS", "NAMED_ZONES", "WEEKDAYS", "zone_named"]

_MONTH_NAMES: Final = (
    # English, French
    "january february march april may june july august september october november december",
    "jan feb mar apr may jun jul aug sep oct nov dec",
    "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
    "janv fevr mars avr mai juin juil aout sept oct nov dec",
    # German, and Austria's
    "januar februar marz april mai juni juli august september oktober november dezember",
    "janner feber maerz apr mai jun jul aug sept okt nov dez",
    "jan feb mrz apr mai jun jul aug sep okt nov dez",
    # Spanish, Italian, Portuguese
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "ene feb mar abr may jun jul ago sep oct nov dic",
    "enero febrero marzo abril mayo junio julio agosto setiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "gen feb mar apr mag giu lug ago set ott nov dic",
    "janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro",
    "jan fev mar abr mai jun jul ago set out nov dez",
    # Russian, as a date has them and as a calendar does; Ukrainian
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "январь февраль март апрель маи июнь июль август сентябрь октябрь ноябрь декабрь",
    "янв фев мар апр мая июн июл авг сен окт ноя дек",
    "янв февр мар апр мая июн июл авг сент окт нояб дек",
    "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
    # Dutch, Swedish, Danish and Norwegian, Polish, Turkish, Indonesian
    "januari februari maart april mei juni juli augustus september oktober november december",
    "januari februari mars april maj juni juli augusti september oktober november december",
    "januar februar marts april maj juni juli august september oktober november desember",
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia wrzesnia pazdziernika listopada grudnia",
    "sty lut mar kwi maj cze lip sie wrz paz lis gru",
    "ocak subat mart nisan mayis haziran temmuz agustos eylul ekim kasim aralik",
    "januari februari maret april mei juni juli agustus september oktober november desember",
    # Czech and Slovak, as a date has them; Hungarian, Finnish, Romanian, Bulgarian, Catalan
    "ledna unora brezna dubna kvetna cervna cervence srpna zari rijna listopadu prosince",
    "januara februara marca aprila maja juna jula augusta septembra oktobra novembra decembra",
    "januar februar marcius aprilis majus junius julius augusztus szeptember oktober november december",
    "tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesakuuta heinakuuta elokuuta syyskuuta "
    "lokakuuta marraskuuta joulukuuta",
    "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie",
    "януари февруари март април маи юни юли август септември октомври ноември декември",
    "gener febrer marc abril maig juny juliol agost setembre octubre novembre desembre",
    # Greek, as a date has them
    "ιανουαριου φεβρουαριου μαρτιου απριλιου μαιου ιουνιου ιουλιου αυγουστου σεπτεμβριου οκτωβριου νοεμβριου "
    "δεκεμβριου",
    "ιαν φεβ μαρ απρ μαι ιουν ιουλ αυγ σεπ οκτ νοε δεκ",
    # Arabic, of the east and of the Maghreb; and how others are spelled
    "يناير فبراير مارس ابريل مايو يونيو يوليو اغسطس سبتمبر اكتوبر نوفمبر ديسمبر",
    "جانفي فيفري مارس افريل ماي جوان جويلية اوت سبتمبر اكتوبر نوفمبر ديسمبر",
    "يناير فبراير مارس ابريل مايو يونيه يوليه غشت شتنبر اكتوبر نونبر دجنبر",
)

#: Word → number of the month.
MONTHS: Final = {word: number for line in _MONTH_NAMES for number, word in enumerate(line.split(), 1)}

_WEEKDAYS: Final = (
    "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed wednes thu thur thurs fri "
    "sat sun "
    "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag mo di mi do fr sa so "
    "lundi mardi mercredi jeudi vendredi samedi dimanche lun mar mer jeu ven sam dim "
    "lunes martes miercoles jueves viernes sabado domingo mie jue vie sab dom "
    "lunedi martedi mercoledi giovedi venerdi sabato domenica gio "
    "segunda terca quarta quinta sexta feira seg ter qua qui sex "
    "понедельник вторник среда среду четверг пятница пятницу суббота субботу воскресенье пн вт ср чт пт "
    "сб вс понеділок вівторок середа пятниця субота неділя "
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag ma wo vr za zo "
    "mandag tirsdag onsdag torsdag fredag lordag sondag mandagen tisdag "
    "poniedzialek wtorek sroda czwartek piatek sobota niedziela "
    "pondeli utery streda ctvrtek patek sobota nedele pondelok utorok stvrtok piatok nedela "
    "hetfo kedd szerda csutortok pentek szombat vasarnap "
    "maanantai tiistai keskiviikko torstai perjantai lauantai sunnuntai "
    "luni marti miercuri joi vineri sambata duminica понеделник вторник сряда четвъртък петък събота "
    "dilluns dimarts dimecres dijous divendres dissabte diumenge "
    "δευτερα τριτη τεταρτη πεμπτη παρασκευη σαββατο κυριακη "
    "الاثنين الثلاثاء الاربعاء الخميس الجمعة السبت الاحد "
    "pazartesi sali carsamba persembe cuma cumartesi pazar senin selasa rabu kamis jumat sabtu minggu"
)
WEEKDAYS: Final = frozenset(_WEEKDAYS.split())

_FILLERS: Final = (
    "of at on the and las los de del della di do da d l el la le il lo a al alle ore as um uhr den der "
    "dem die "
    "vom am im kl klo klokken klockan o h hs hrs hours hour heures heure uur г года год р року в у о время "
    "time local ngay 公元 西元"
)
#: Words between the parts of a time that don't change it.
FILLERS: Final = frozenset(_FILLERS.split())

_MORNING: Final = range(12)
_AFTERNOON: Final = range(12, 24)
_HALVES: Final = (
    (_MORNING, "上午 早上 早晨 清晨 早间 早間 早 凌晨 午前 朝 오전 새벽 아침 صباحا"),
    (_AFTERNOON, "下午 午後 午后 오후 مساء"),
    (range(10, 16), "中午 午间 午間 正午 낮"),
    (range(15, 25), "傍晚 夕方 저녁"),
    (range(17, 25), "晚上 晚间 晚間 晚 夜间 夜間 夜里 夜裡 夜晚 夜 밤"),
    (range(21, 25), "深夜 半夜 午夜"),
)
#: Words beside a clock → the hours of the day that they speak of; hour 24 is the next day's 0.
HALVES: Final = {word: hours for hours, words in _HALVES for word in words.split()}
#: The same of letters, those of a.m. and p.m. and Arabic ones.
HALF_LETTERS: Final = {"a": _MORNING, "p": _AFTERNOON, "ص": _MORNING, "م": _AFTERNOON}

#: The first year of an era is the Christian year after this one.
ERAS: Final = {
    "中華民國": 1911, "中华民国": 1911, "民國": 1911, "民国": 1911, "令和": 2018, "平成": 1988, "昭和": 1925,
}  # fmt: skip

_HOURS: Final[dict[str, float]] = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 1, "cet": 1, "cest": 2, "mez": 1, "mesz": 2,
    "eet": 2, "eest": 3, "msk": 3, "мск": 3, "est": -5, "edt": -4, "cdt": -5, "mst": -7, "mdt": -6,
    "pst": -8, "pdt": -7, "akst": -9, "akdt": -8, "hst": -10, "hkt": 8, "sgt": 8, "jst": 9, "kst": 9,
    "wib": 7, "pkt": 5, "npt": 5.75, "aest": 10, "aedt": 11, "acst": 9.5, "acdt": 10.5, "awst": 8,
    "nzst": 12, "nzdt": 13,
}  # fmt: skip
_PLACES: Final = {
    "et": "America/New_York", "ct": "America/Chicago", "mt": "America/Denver", "pt": "America/Los_Angeles",
    "eastern": "America/New_York", "pacific": "America/Los_Angeles",
}  # fmt: skip
#: Chinese, Japanese and Korean words for a zone. `None`: local time of a place that isn't named.
NAMED_ZONES: Final[dict[str, str | None]] = {
    **dict.fromkeys(("北京时间", "北京時間", "中国时间", "中國時間", "中国標準時"), "Asia/Shanghai"),
    **dict.fromkeys(("台北时间", "台北時間", "臺北時間", "台湾时间", "台灣時間", "臺灣時間"), "Asia/Taipei"),
    **dict.fromkeys(("香港时间", "香港時間"), "Asia/Hong_Kong"),
    **dict.fromkeys(("新加坡时间", "新加坡時間"), "Asia/Singapore"),
    **dict.fromkeys(("日本时间", "日本時間", "日本標準時", "东京时间", "東京時間"), "Asia/Tokyo"),
    **dict.fromkeys(("韩国时间", "韓國時間", "首尔时间", "首爾時間", "한국시간", "한국시각"), "Asia/Seoul"),
    **dict.fromkeys(("美东时间", "美東時間", "美国东部时间", "美國東部時間"), "America/New_York"),
    **dict.fromkeys(("伦敦时间", "倫敦時間", "英国时间", "英國時間"), "Europe/London"),
    **dict.fromkeys(("巴黎时间", "巴黎時間"), "Europe/Paris"),
    **dict.fromkeys(("莫斯科时间", "莫斯科時間"), "Europe/Moscow"),
    **dict.fromkeys(("格林尼治时间", "格林威治時間", "世界时", "世界時"), "Etc/UTC"),
    **dict.fromkeys(("当地时间", "當地時間", "現地時間", "현지시간"), None),
}  # fmt: skip


@lru_cache(256)
def zone_named(name: str) -> tzinfo | None:
    """The zone of an unambiguous abbreviation or of an IANA name; None for any other."""
    name = name.casefold()
    hours = _HOURS.get(name)
    if hours is not None:
        return timezone(timedelta(hours=hours)) if hours else UTC
    try:
        key = _PLACES.get(name) or (_iana_names().get(name) if "/" in name else None)
        return ZoneInfo(key) if key else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


@cache
def _iana_names() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones()}
