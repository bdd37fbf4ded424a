"""Text is found in the encodings that archives use, and binary data is called by its name."""

from __future__ import annotations

import codecs
import time

import pytest

from newsdrop.archive.decoding import decode
from newsdrop.errors import EmptyFileError, NotTextError

HEADER = "[标题](https://e.org/a)\n------\n\n"
SIMPLIFIED = (
    HEADER + "<p>" + "这是一个关于我们国家的故事，他们说时间会证明一切，没有人知道为什么。" * 3 + "</p>\n"
)
TRADITIONAL = (
    HEADER.replace("标题", "標題")
    + "<p>"
    + "這是一個關於我們國家的故事，他們說時間會證明一切，沒有人知道為什麼。" * 3
    + "</p>\n"
)


@pytest.mark.parametrize("text", [SIMPLIFIED, TRADITIONAL, "plain ASCII\n"])
@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
def test_utf_8_is_read_with_and_without_a_mark(text: str, mark: bytes) -> None:
    assert decode(mark + text.encode(), "x") == (text, "utf-8")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_marked_wide_encodings_are_read(encoding: str) -> None:
    assert decode(SIMPLIFIED.encode(encoding), "x") == (SIMPLIFIED, encoding)


@pytest.mark.parametrize(
    ("text", "encoding", "named"),
    [
        (SIMPLIFIED, "gb18030", "gb18030"),
        (SIMPLIFIED, "gbk", "gb18030"),
        (TRADITIONAL, "big5", "big5hkscs"),
        (TRADITIONAL, "gbk", "gb18030"),
    ],
)
def test_chinese_encodings_are_told_apart_without_any_declaration(
    text: str, encoding: str, named: str
) -> None:
    assert decode(text.encode(encoding), "x") == (text, named)


@pytest.mark.parametrize(
    ("text", "encoding", "declared"),
    [
        ("<meta charset='gb2312'><p>短</p>", "gb18030", "gb18030"),
        (
            '<meta http-equiv="Content-Type" content="text/html; charset=Big5"><p>臺灣</p>',
            "big5",
            "big5hkscs",
        ),
        ("<meta charset=shift_jis><p>ニュースです</p>", "cp932", "cp932"),
        ("<meta charset=windows-1252><p>café</p>", "cp1252", "cp1252"),
    ],
)
def test_a_declaration_is_believed_where_the_bytes_fit_it(text: str, encoding: str, declared: str) -> None:
    assert decode(text.encode(encoding), "x") == (text, declared)


def test_a_wrong_declaration_of_the_other_chinese_encoding_is_not_believed() -> None:
    text = "<meta charset=gb2312>" + TRADITIONAL
    assert decode(text.encode("big5"), "x") == (text, "big5hkscs")


def test_a_declaration_of_another_encoding_doesnt_spoil_valid_utf_8() -> None:
    text = "<meta charset=gb2312><p>其实是 UTF-8</p>"
    assert decode(text.encode(), "x") == (text, "utf-8")


def test_a_few_damaged_bytes_are_marked_and_the_rest_is_kept() -> None:
    data = SIMPLIFIED.encode()
    text, encoding = decode(data[:200] + b"\xff" + data[200:-3], "x")
    assert encoding == "utf-8"
    assert 1 <= text.count("\ufffd") <= 4


def test_the_euro_sign_of_windows_gbk_is_read() -> None:
    text = "<meta charset=gbk>" + "<p>这家公司去年的收入为EUR三亿元。</p>\n" * 40
    data = text.encode("gbk").replace(b"EUR", b"\x80")
    assert decode(data, "x") == (text.replace("EUR", "€"), "gb18030")


@pytest.mark.parametrize("declared", ["<meta charset=gbk>", ""])
def test_a_short_page_cut_in_mid_character_is_kept(declared: str) -> None:
    text, encoding = decode((declared + SIMPLIFIED).encode("gbk")[:-8], "x")
    assert (text.count("\ufffd"), encoding) == (1, "gb18030")


def test_a_few_damaged_bytes_in_a_chinese_encoding_are_no_matter() -> None:
    text, encoding = decode(SIMPLIFIED.encode("gbk").replace(b"<p>", b"<p>\xff\xff\xff"), "x")
    assert text.replace("\ufffd", "") == SIMPLIFIED
    assert encoding == "gb18030"


def test_damaged_utf_8_is_not_taken_for_the_encoding_it_declares() -> None:
    data = ("<meta charset=gbk>" + SIMPLIFIED).encode()
    assert decode(data[:100] + b"\xff" + data[100:], "x")[1] == "utf-8"


@pytest.mark.parametrize("declared", ["iso-8859-1", "windows-1252", "latin1", "iso-8859-2"])
@pytest.mark.parametrize(
    ("text", "encoding", "named"),
    [(SIMPLIFIED, "gbk", "gb18030"), (TRADITIONAL, "big5", "big5hkscs")],
    ids=["gbk", "big5"],
)
def test_a_western_declaration_loses_to_chinese(declared: str, text: str, encoding: str, named: str) -> None:
    text = f"<meta charset={declared}>{text}"
    assert decode(text.encode(encoding), "x") == (text, named)


def test_latin_1_of_a_server_loses_to_the_pages_own_declaration() -> None:
    text = "<meta charset=gb2312><p>羽毛球锦标赛落幕</p>"
    assert decode(text.encode("gbk"), "x", "ISO-8859-1") == (text, "gb18030")


@pytest.mark.parametrize(
    ("text", "declared", "encoding"),
    [
        ("L'été dernier, à l'Élysée, réélu ; ça dépend de la créée", "iso-8859-1", "cp1252"),
        ("größere Maßnahmen für die Bürger müssen über längere Zeit", "windows-1252", "cp1252"),
        ("A AÇÃO DA OPOSIÇÃO NÃO É UMA SOLUÇÃO, SÃO CORAÇÕES", "iso-8859-1", "cp1252"),
        ("Zażółć gęślą jaźń, wczoraj rząd ogłosił większą pomoc", "iso-8859-2", "iso8859-2"),
        ("É", "iso-8859-1", "cp1252"),
    ],
)
def test_a_western_declaration_of_western_text_is_believed(text: str, declared: str, encoding: str) -> None:
    text = f"<meta charset={declared}><p>{text}</p>"
    assert decode(text.encode(encoding), "x") == (text, encoding)


@pytest.mark.parametrize("declared", ["<meta charset=hz-gb-2312>", ""])
def test_hz_is_read(declared: str) -> None:
    text = f"{declared}<p>中国新闻的报道，说的是人们。</p>"
    assert decode(text.encode("hz"), "x") == (text, "hz")


@pytest.mark.parametrize("declared", ["<meta charset=iso-2022-jp>", ""])
def test_iso_2022_jp_is_read(declared: str) -> None:
    text = f"{declared}<p>ニュースです</p>"
    assert decode(text.encode("iso2022_jp"), "x") == (text, "iso2022_jp")


@pytest.mark.parametrize(
    "text", ["<meta charset=hz-gb-2312><p>a~b</p>", "sed -e 's~{ab}~{cd}~}'", "\x1b$ ls"]
)
def test_ascii_that_shifts_nowhere_stays_ascii(text: str) -> None:
    assert decode(text.encode(), "x") == (text, "utf-8")


@pytest.mark.parametrize(
    ("text", "encoding", "named"),
    [
        ("专访刘晓波", "gbk", "gb18030"),
        ("羽毛球锦标赛落幕", "gbk", "gb18030"),
        ("香港特首选举", "gbk", "gb18030"),
        ("测试", "gbk", "gb18030"),
        ("香港特首選舉", "big5", "big5hkscs"),
        ("羽毛球錦標賽落幕", "big5", "big5hkscs"),
        ("대통령 기자회견", "cp949", "cp949"),
        ("서울에서 열린 회의", "cp949", "cp949"),
        ("首相が会見で発表", "cp932", "cp932"),
    ],
)
def test_a_few_words_are_chinese_unless_kana_or_hangul_are_plainly_there(
    text: str, encoding: str, named: str
) -> None:
    text = f"[{text}](https://e.org/a)\n------\n\n<p>{text}</p>\n"
    assert decode(text.encode(encoding), "x") == (text, named)


def test_line_ends_become_line_feeds() -> None:
    assert decode(b"a\r\nb\rc\n", "x")[0] == "a\nb\nc\n"


@pytest.mark.parametrize(
    "data", [b"", b" \n\t\r\n", "\u3000\xa0\n".encode(), codecs.BOM_UTF8, codecs.BOM_UTF8 + b"\n"]
)
def test_nothing_and_white_space_are_empty(data: bytes) -> None:
    with pytest.raises(EmptyFileError, match="x"):
        decode(data, "x")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "a PNG image"),
        (b"\xff\xd8\xff\xe0" + bytes(20), "a JPEG image"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"PK\x03\x04" + bytes(20), "a ZIP archive"),
        (b"\x1f\x8b\x08" + bytes(20), "a gzip archive"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "a WebP image"),
        (b"\x00\x00\x00\x20ftypisom", "an MP4 video"),
        (b"SQLite format 3\x00", "an SQLite database"),
        (b"MZ" + bytes(60), "a Windows program"),
        (bytes(100), "null bytes"),
        (b"abc\x00def", "a null byte at 3"),
        (SIMPLIFIED.encode() + bytes(4096), "not written to its end"),
    ],
)
def test_binary_data_is_refused_by_its_name(data: bytes, name: str) -> None:
    with pytest.raises(NotTextError, match="expected text") as caught:
        decode(data, "x")
    assert name in str(caught.value)


@pytest.mark.parametrize("text", ["BM is no bitmap\n", "MZ\n", "GIF is a format\n"])
def test_text_that_begins_like_a_magic_number_is_text(text: str) -> None:
    assert decode(text.encode(), "x")[0] == text


def test_a_stray_null_in_a_long_text_is_taken_out() -> None:
    text = SIMPLIFIED * 20
    assert decode(text[:1000].encode() + b"\x00" + text[1000:].encode(), "x")[0] == text


def test_english_with_a_few_undeclared_quotes_is_western() -> None:
    text = (
        HEADER.replace("标题", "Title")
        + "<p>It’s what readers of the “weekend” page expect to find.</p>\n" * 4
    )
    assert decode(text.encode("cp1252"), "x") == (text, "cp1252")


def test_noise_makes_sense_in_no_encoding() -> None:
    noise = bytes((index * 73 + index // 7 * 31) % 255 + 1 for index in range(4_000))
    with pytest.raises(NotTextError):
        decode(noise, "x")


def test_a_broken_utf_16_file_is_refused() -> None:
    with pytest.raises(NotTextError, match="UTF-16"):
        decode(codecs.BOM_UTF16_LE + b"\x00\xd8a", "x")


@pytest.mark.parametrize("byte", [b"\xff", b"\x80", b"\xf0"])
def test_megabytes_of_nothing_but_damage_are_refused_without_looking_at_each_byte(byte: bytes) -> None:
    begun_s = time.process_time()
    with pytest.raises(NotTextError):
        decode(byte * 8_000_000, "x")
    # One by one they took 5 s and more.
    assert time.process_time() - begun_s < 2.5


@pytest.mark.parametrize("text", ["\u200b \u200b", "\ufeff\u2060\u00ad\u3000", "\u200e\n"])
def test_what_takes_no_room_is_nothing(text: str) -> None:
    with pytest.raises(EmptyFileError):
        decode(text.encode(), "x")


def page(title: str) -> str:
    return f"<!--1660630383000-->\n[{title}](https://news.example.org/a/1)\n------\n\n<p>{title}</p>\n"


@pytest.mark.parametrize(
    ("text", "encoding", "named"),
    [
        ("橋が開通し、住民たちが集まって祝いました。首相は会見で発表した。", "euc_jp", "euc_jp"),
        ("橋が開通し、住民たちが集まって祝いました。首相は会見で発表した。", "cp932", "cp932"),
        ("首相が会見で発表", "euc_jp", "euc_jp"),
        ("大谷翔平、本塁打", "cp932", "cp932"),
        ("参院選公示", "euc_jp", "euc_jp"),
        ("부산 항구가 오늘 다시 열려 시민들이 기뻐했다. 정부는 발표를 미뤘다.", "euc_kr", "cp949"),
        ("북한 미사일 발사", "cp949", "cp949"),
        ("Россия и Украина договорились о перемирии", "cp1251", "cp1251"),
        ("Россия и Украина договорились о перемирии", "koi8-r", "koi8-r"),
        ("Die Brücke ist offen. Der Bürgermeister sprach über die Kosten.", "latin-1", "cp1252"),
        ("Größe und Maß", "latin-1", "cp1252"),
        ("L'été à l'Élysée, ça va", "latin-1", "cp1252"),
        ("El niño español preguntó: ¿mañana?", "latin-1", "cp1252"),
        ("São Paulo em crise: eleição", "latin-1", "cp1252"),
        ("Rząd ogłosił większą pomoc, a wczoraj mówił o źródłach", "iso8859-2", "iso8859-2"),
        ("Rząd ogłosił większą pomoc, a wczoraj mówił o źródłach", "cp1250", "cp1250"),
        ("Příliš žluťoučký kůň úpěl ďábelské ódy", "cp1250", "cp1250"),
        ("Türkiye'de seçim günü: İstanbul, Iğdır ve şehir", "cp1254", "cp1254"),
    ],
)
def test_other_undeclared_encodings_are_never_read_as_chinese(text: str, encoding: str, named: str) -> None:
    assert decode(page(text).encode(encoding), "x") == (page(text), named)


@pytest.mark.parametrize("encoding", ["cp1255", "iso8859-8"])
def test_hebrew_is_no_russian_of_one_case(encoding: str) -> None:
    text = "שוק הספרים ליד הנהר נפתח בכל סוף שבוע, וקוראים מכל האזור מחפשים שם את הספרים שהם אוהבים. "
    with pytest.raises(NotTextError):
        decode(page(3 * text).encode(encoding), "x")
    assert decode(f"<meta charset=windows-1255><p>{text}</p>".encode("cp1255"), "x")[1] == "cp1255"


@pytest.mark.parametrize("declared", ["gb2312", "iso-8859-1"])
def test_a_declaration_loses_to_japanese_and_korean_too(declared: str) -> None:
    for text, encoding, named in (
        ("橋が開通し、住民たちが集まって祝いました。首相は会見で発表した。", "euc_jp", "euc_jp"),
        ("부산 항구가 오늘 다시 열려 시민들이 기뻐했다. 정부는 발표를 미뤘다.", "euc_kr", "cp949"),
    ):
        told = f"<meta charset={declared}><p>{text}</p>"
        assert decode(told.encode(encoding), "x") == (told, named)


@pytest.mark.parametrize("text", ["许章润", "胡锦涛离席", "王毅访俄", "黄河决堤", "一周图片", "六四三十周年"])
def test_names_and_headlines_in_chinese_stay_chinese(text: str) -> None:
    assert decode(page(text).encode("gbk"), "x") == (page(text), "gb18030")


@pytest.mark.parametrize("head", ["<meta charset=utf-8>", ""])
def test_utf_8_with_a_part_in_another_encoding_is_read_with_the_damage_marked(head: str) -> None:
    text = f"<html>{head}<p>" + "中国政府今天宣布，这是一条新闻。" * 40
    comment = "好文章，写得很好，支持一下。"
    data = text.encode() + f"<div>{comment}</div>".encode("gbk") + "<p>又一段。</p>".encode()
    decoded, encoding = decode(data, "x")
    assert encoding == "utf-8"
    assert decoded.startswith(text)
    assert decoded.endswith("<p>又一段。</p>")
    assert decoded.count("\ufffd") >= len(comment) // 2


def test_declared_utf_8_may_be_damaged_by_a_third() -> None:
    text = "<meta charset=utf-8><p>" + "中国政府今天宣布，这是一条新闻。" * 10
    data = text.encode() + ("好文章，写得很好。" * 4).encode("gbk")
    assert decode(data, "x")[1] == "utf-8"
    assert decode(("<meta charset=utf-8><p>" + SIMPLIFIED).encode("gbk"), "x")[1] == "gb18030"


JAPANESE = (
    "東京都は16日、新たに感染が確認された人数を発表した。担当者は「引き続き警戒が必要だ」と話している。"
)
RUSSIAN = "Правительство России объявило о новых мерах. Министр сказал, что они вступят в силу с января."
POLISH = "Prezydent podpisał ustawę. Łódź, Kraków i Gdańsk czekają na pieniądze; będą też następne."


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [SIMPLIFIED, "<p>一二一一</p>\n", "plain ASCII\n", f"<p>{RUSSIAN}</p>"])
def test_utf_16_without_its_mark_is_read(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding), "x") == (text, encoding)


def test_small_numbers_of_two_bytes_are_no_utf_16() -> None:
    with pytest.raises(NotTextError, match="binary data"):
        decode(b"".join(bytes((n % 30, 0)) for n in range(1, 300)), "x")


@pytest.mark.parametrize("declared", ["<meta charset=iso-2022-kr>", ""])
def test_iso_2022_kr_is_read(declared: str) -> None:
    text = f"{declared}<p>대통령 선거</p>\n"
    assert decode(text.encode("iso2022_kr"), "x") == (text, "iso2022_kr")


@pytest.mark.parametrize(
    ("label", "text", "encoding"),
    [
        ("cp1251", "ВТБ", "cp1251"), ("x-cp1251", "ВТБ", "cp1251"), ("koi8", "ВТБ", "koi8-r"),
        ("iso8859-2", "góra", "iso8859-2"), ("latin2", "góra", "iso8859-2"), ("greek", "νέα", "iso8859-7"),
        ("csShiftJIS", "続落", "cp932"), ("ks_c_5601-1989", "선거", "cp949"), ("csbig5", "臺灣", "big5hkscs"),
        ("chinese", "短", "gb18030"), ("iso-8859-13", "ūž", "iso8859-13"), ("iso-8859-6", "مصر", "iso8859-6"),
    ],
)  # fmt: skip
def test_an_encoding_is_known_by_each_of_its_labels(label: str, text: str, encoding: str) -> None:
    page = f"<meta charset={label}><p>{text}</p>"
    assert decode(page.encode(encoding), "x") == (page, encoding)


@pytest.mark.parametrize(
    ("declared", "text", "encoding"),
    [
        ("iso-8859-1", RUSSIAN, "cp1251"), ("iso-8859-1", RUSSIAN, "koi8-r"),
        ("iso-8859-1", POLISH, "iso8859-2"), ("windows-1252", POLISH, "cp1250"),
        ("shift_jis", SIMPLIFIED, "gb18030"), ("euc-kr", SIMPLIFIED, "gb18030"),
        ("euc-kr", JAPANESE, "cp932"), ("euc-kr", JAPANESE, "euc_jp"),
    ],
)  # fmt: skip
def test_a_declaration_loses_where_another_language_makes_sense(
    declared: str, text: str, encoding: str
) -> None:
    page = f"<html><meta charset={declared}><p>{text}</p>"
    assert decode(page.encode(encoding), "x") == (page, encoding)
    unsaid = f"<html><p>{text}</p>"
    assert decode(unsaid.encode(encoding), "x", declared) == (unsaid, encoding)


@pytest.mark.parametrize(("text", "encoding"), [("赵紫阳回忆录", "gb18030"), ("東京株式市場続落", "euc_jp")])
def test_a_few_words_that_are_repeated_are_a_few_words(text: str, encoding: str) -> None:
    page = f"<title>{text}</title><h1>{text}</h1><p>{text}</p>" * 4
    assert decode(page.encode(encoding), "x") == (page, encoding)


def test_a_headline_in_capitals_is_not_read_in_the_other_russian_encoding() -> None:
    page = "<h1>МОСКВА. ПОЛИТИКА</h1>"
    assert decode(page.encode("cp1251"), "x") == (page, "cp1251")


def _taken_for_western(text: str) -> str:
    """The characters that a program sees that reads UTF-8 as browsers read Windows-1252."""
    return "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in text.encode())


@pytest.mark.parametrize(
    "text", [SIMPLIFIED, TRADITIONAL, JAPANESE, RUSSIAN, POLISH, "<p>Ça été très bête</p>"]
)
def test_utf_8_that_was_encoded_twice_is_read(text: str) -> None:
    assert decode(_taken_for_western(text).encode(), "x") == (text, "utf-8")


@pytest.mark.parametrize(
    "text",
    ["Ça été très bête", "He wrote Ã© for é, Ã¨ for è and â€œ for “.", "cafÃ©", "Fahrvergnügen – “naïve” €5"],
)
def test_western_text_that_was_encoded_once_stays_as_it_is(text: str) -> None:
    assert decode(text.encode(), "x") == (text, "utf-8")


@pytest.mark.parametrize(
    ("declared", "text", "encoding"),
    [
        ("euc-jp", "麻生太郎", "euc_jp"), ("euc-jp", "甲子園", "euc_jp"), ("shift_jis", "続落", "cp932"),
        ("euc-kr", "박근혜", "cp949"), ("euc-kr", "탄핵", "cp949"), ("iso-8859-1", "ÄÖÜ", "cp1252"),
        ("windows-1254", "İstanbul", "cp1254"), ("iso-8859-2", "Żółw", "iso8859-2"),
        ("windows-1250", "Żółw", "cp1250"), ("gb2312", "乌鲁木齐", "gb18030"),
    ],
)  # fmt: skip
def test_a_declaration_is_believed_of_a_few_words(declared: str, text: str, encoding: str) -> None:
    for times in (1, 8):
        page = f"<html><meta charset={declared}><title>{text}</title>" + f"<p>{text}</p>" * times
        assert decode(page.encode(encoding), "x") == (page, encoding)
