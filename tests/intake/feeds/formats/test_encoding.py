"""One bad byte garbles nothing, and what would come out as mojibake is refused."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.intake.feeds.formats.encoding import LOST, Decoded, decode
from digest.intake.feeds.formats.incremental import NewEntries, read
from digest.intake.feeds.formats.parse import NotAFeed, Parsed, parse

URL = "https://harbour.example/rss"
KOREAN = "북한 김정은 위원장 평양 열병식 참석해 연설"
JAPANESE = "北朝鮮が弾道ミサイルを発射、日本海に落下"
CHINESE = "中国国家主席访问平壤并会见朝鲜领导人"
TAIWANESE = "臺灣總統府發言人表示將持續關注朝鮮半島情勢"
RUSSIAN = "Северная Корея запустила баллистическую ракету"
GREEK = "Η Βόρεια Κορέα εκτόξευσε βαλλιστικό πύραυλο"


def document(title: str, codec: str = "utf-8", language: str = "") -> str:
    told = f"<language>{language}</language>" if language else ""
    declared = f' encoding="{codec}"' if codec else ""
    return (
        f'<?xml version="1.0"{declared}?><rss version="2.0"><channel><title>x</title>{told}'
        f"<item><title>{title}</title><link>https://harbour.example/1</link></item>"
        "</channel></rss>"
    )


def title(body: bytes, content_type: str = "") -> str:
    headers = {"content-type": content_type} if content_type else {}
    whole, cut = parse(body, headers, URL), read(body, headers, URL)
    assert isinstance(whole, Parsed) and isinstance(cut, NewEntries), (whole, cut)
    assert cut.parsed == whole
    return whole.entries[0].title


@pytest.mark.parametrize("words", [KOREAN, JAPANESE, CHINESE, RUSSIAN, GREEK, "Ñandú é à ü"])
@pytest.mark.parametrize("lost", [0, 1, 2])
def test_a_byte_cut_out_of_utf8_costs_one_letter(words: str, lost: int) -> None:
    body = document(words).encode()
    at = body.index(words[4].encode() if len(words) > 12 else words[0].encode())
    letter = at + min(lost, 1)
    found = title(body[:letter] + body[letter + 1 :])
    assert LOST in found
    assert len(found.replace(LOST, "")) >= len(words) - 2
    assert words[6:] in found


@pytest.mark.parametrize("byte", [b"\xff", b"\xc0", b"\x92", b"\xed"])
@pytest.mark.parametrize("content_type", ["", "text/xml", "application/xml; charset=euc-kr"])
def test_a_stray_byte_in_utf8_costs_nothing_else(byte: bytes, content_type: str) -> None:
    body = document(f"{KOREAN} @@ {KOREAN}").encode().replace(b"@@", byte)
    assert title(body, content_type) == f"{KOREAN} {LOST} {KOREAN}"


BEYOND = [
    ("euc-kr", "cp949", "뷁 똠방각하 펲시콜라 뉴스"),
    ("ks_c_5601-1987", "cp949", f"{KOREAN} 햏"),
    ("shift_jis", "cp932", "①髙橋氏が㈱設立 ～ 東京"),
    ("x-sjis", "cp932", "㈱と﨑と髙"),
    ("euc-jp", "euc_jis_2004", f"① {JAPANESE}"),
    ("gb2312", "gbk", "朱镕基总理與馬英九"),
    ("gbk", "gb18030", "𠮷野家与鎔 访问"),
    ("big5", "big5hkscs", "香港嘅消息，佢哋話喺度"),
    ("iso-8859-1", "cp1252", "It’s “over” — €5 billion"),
    ("us-ascii", "cp1252", "Café – “naïve”"),
    ("iso-8859-9", "cp1254", "İstanbul’da “şok”"),
    ("iso-8859-7", "cp1253", "Η Αθήνα “σήμερα” – νέα"),
    ("iso-8859-2", "iso-8859-2", "Žluťoučký kůň Šárka"),
    ("iso-8859-15", "iso-8859-15", "Œuvre à 5 €"),
    ("koi8-r", "koi8-u", "Київ і Харків повідомляють"),
    ("windows-1251", "cp1251", RUSSIAN),
    ("tis-620", "cp874", "เกาหลีเหนือ “ยิง” ขีปนาวุธ…"),
    ("windows-1256", "cp1256", "كوريا الشمالية تطلق صاروخا"),
    ("iso-2022-jp", "iso-2022-jp", JAPANESE),
    ("hz-gb-2312", "hz", CHINESE),
    ("big5-hkscs", "big5hkscs", "𨋢 𡃁 嗰度嘅電梯"),
    ("x-x-big5", "cp950", "臺北市長 碁 銹 裏"),
    ("iso-2022-jp", "iso2022_jp_ext", "北朝鮮ｶﾅ"),
    ("shift_jisx0213", "cp932", "①髙橋㈱"),
    ("cseuckr", "cp949", "뷁 뉴스"),
    ("ksc_5601", "cp949", f"{KOREAN} 햏"),
    ("csgb2312", "gb18030", "朱镕基訪問平壤"),
    ("windows-874", "cp874", "กรุงเทพฯ “ข่าว”"),
    ("x-mac-cyrillic", "mac_cyrillic", RUSSIAN),
    ("x-mac-roman", "mac_roman", "café “déjà”"),
    ("windows-1250", "cp1250", "Příliš žluťoučký kůň “úpěl” – ďábelské"),
    ("x-cp1257", "cp1257", "Šiaurės Korėja paleido “raketą”"),
    ("iso-8859-6", "cp1256", "كوريا پ الشمالية “نص”"),
    ("iso-8859-2", "cp1250", "Książka święta w Łodzi: „źródła” mówią, że będą"),
    ("iso-8859-2", "cp1250", "Ľudia v Košiciach: „ťažké“ časy"),
    ("iso-8859-2", "iso-8859-2", "Książka święta w Łodzi: źródła mówią, że będą"),
    ("iso-8859-7", "cp1253", "Άγριες “κακοκαιρίες” στην Αθήνα, Άνω Λιόσια"),
    ("iso-8859-7", "iso-8859-7", "Σ’ αυτό το ‘μέρος’ στην Αθήνα"),
    ("iso-8859-8-i", "cp1255", "צפון “קוריאה” שלום"),
    ("koi8", "koi8-u", "Україна ґанок їжак"),
    ("ibm866", "cp866", RUSSIAN),
]  # fmt: skip


def test_quotes_of_windows_between_letters_of_the_standard_change_none_of_those() -> None:
    words = "Książka święta w Łodzi: „źródła” mówią, że będą"
    plain = document(words.replace("„", "@1").replace("”", "@2"), "iso-8859-2").encode("iso-8859-2")
    assert title(plain.replace(b"@1", b"\x84").replace(b"@2", b"\x94")) == words


@pytest.mark.parametrize(("declared", "written", "words"), BEYOND)
def test_a_declared_codec_is_read_as_what_is_written_under_its_name(
    declared: str, written: str, words: str
) -> None:
    body = document(words, declared).encode(written)
    assert title(body) == words
    assert title(document(words, "").encode(written), f"text/xml; charset={declared}") == words


@pytest.mark.parametrize(
    ("codec", "words"),
    [("euc-kr", KOREAN), ("shift_jis", JAPANESE), ("euc-jp", JAPANESE), ("gbk", CHINESE),
     ("big5", TAIWANESE), ("windows-1252", "Málaga über café déjà vu")],
)  # fmt: skip
def test_a_bad_byte_in_another_codec_costs_a_letter(codec: str, words: str) -> None:
    body = document(f"{words} @ {words}", codec).encode(codec).replace(b"@", b"\x81 ")
    found = title(body)
    assert found.startswith(words) and found.endswith(words), found
    decoded = decode(body, {})
    assert isinstance(decoded, Decoded) and "could not be read" in decoded.note


@pytest.mark.parametrize(
    ("codec", "declared", "language", "words"),
    [
        ("euc-kr", "utf-8", "", KOREAN), ("euc-kr", "", "ko", KOREAN),
        ("euc-kr", "iso-8859-1", "", KOREAN), ("shift_jis", "utf-8", "ja", JAPANESE),
        ("euc-jp", "", "", JAPANESE), ("gb2312", "iso-8859-1", "zh", CHINESE),
        ("big5", "utf-8", "", TAIWANESE), ("windows-1251", "utf-8", "", RUSSIAN),
        ("koi8-r", "", "", RUSSIAN), ("windows-1252", "utf-8", "", "Übergrößenträger où déjà"),
        ("windows-1253", "", "el", GREEK), ("windows-1253", "iso-8859-1", "", GREEK),
        ("windows-1255", "", "", "צפון קוריאה שיגרה טיל בליסטי"),
        ("windows-1256", "utf-8", "", "كوريا الشمالية تطلق صاروخا"),
        ("cp874", "", "", "เกาหลีเหนือยิงขีปนาวุธ"),
    ],
)  # fmt: skip
def test_a_codec_declared_wrongly_or_not_at_all_is_found(
    codec: str, declared: str, language: str, words: str
) -> None:
    assert title(document(words, declared, language).encode(codec)) == words


@pytest.mark.parametrize(("codec", "raw", "letter"), [
    ("euc-jp", b"\xad\xa1", "①"), ("euc-jp", b"\xad\xea", "㈱"), ("euc-jp", b"\xfc\xe2", "髙"),
    ("euc-jp", b"\x8f\xb0\xa1", "丂"), ("shift_jis", b"\x87\x40", "①"),
    ("euc-kr", b"\x94\xee", "뷁"),
])  # fmt: skip
def test_letters_that_software_added_to_a_codec_are_read(
    codec: str, raw: bytes, letter: str
) -> None:
    words = KOREAN if codec == "euc-kr" else JAPANESE
    assert title(document(f"{words} @", codec).encode(codec).replace(b"@", raw)) == (
        f"{words} {letter}"
    )


@pytest.mark.parametrize(("declared", "written", "words"), [
    ("gb2312", "big5hkscs", TAIWANESE), ("big5", "gbk", CHINESE), ("shift_jis", "euc_jp", JAPANESE),
    ("euc-jp", "cp932", JAPANESE), ("windows-1251", "koi8-r", RUSSIAN), ("gbk", "cp949", KOREAN),
    ("koi8-r", "cp1251", RUSSIAN), ("windows-1253", "cp1251", RUSSIAN),
    ("iso-8859-5", "koi8-r", RUSSIAN), ("windows-1251", "cp866", RUSSIAN),
    ("windows-1251", "cp874", "เกาหลีเหนือยิงขีปนาวุธ"), ("euc-kr", "gbk", CHINESE),
])  # fmt: skip
def test_letters_outvote_a_declared_codec_in_which_they_are_nonsense(
    declared: str, written: str, words: str
) -> None:
    assert title(document(words, declared).encode(written)) == words


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("declared", ["utf-16", "utf-8", ""])
@pytest.mark.parametrize("before", ["", "\n", " \r\n"])
def test_wide_letters_without_their_mark_are_known(codec: str, declared: str, before: str) -> None:
    assert title((before + document(KOREAN, declared)).encode(codec)) == KOREAN


@pytest.mark.parametrize("declared", ["utf-16", "UTF-16LE", "utf-32", "ucs-2", "iso-10646-ucs-2"])
@pytest.mark.parametrize("words", ["Ferry sails again", KOREAN])
def test_what_says_that_it_is_wide_and_is_not_is_read(declared: str, words: str) -> None:
    assert title(document(words, declared).encode()) == words


def test_utf7_is_refused_where_anything_hides_in_it() -> None:
    for body, header in (
        (document("a +ADw-script+AD4- b", "utf-7").encode(), ""),
        (document("a +ADw-b+AD4-", "").encode(), "text/xml; charset=utf-7"),
        (document(KOREAN, "utf-7").encode("utf-7"), ""),
    ):
        found = parse(body, {"content-type": header} if header else {}, URL)
        assert isinstance(found, NotAFeed) and "UTF-7" in found.reason
    assert title(document("Two + two = four", "utf-7").encode()) == "Two + two = four"
    assert title(document(KOREAN, "utf-7").encode()) == KOREAN


def test_two_authors_codecs_in_one_document_are_both_read() -> None:
    body = document("@ and # and # and #").encode().replace(b"@", "é".encode())
    assert title(body.replace(b"#", b"d\xe9j\xe0")) == "é and déjà and déjà and déjà"


def test_a_servers_default_charset_does_not_outvote_the_document() -> None:
    body = document(KOREAN, "euc-kr").encode("euc-kr")
    assert title(body, "text/xml; charset=ISO-8859-1") == KOREAN


@pytest.mark.parametrize(
    "body",
    [
        document("@", "iso-8859-1").encode().replace(b"@", bytes(range(0xC0, 0xFF)) * 2),
        document("@", "").encode().replace(b"@", b"\x80\x9f\xfe\xb5" * 9),
        document("@", "big5").encode().replace(b"@", b"\xff\xfe\xfd\x80" * 9),
    ],
)
def test_what_would_be_mojibake_is_refused_with_its_reason(body: bytes) -> None:
    for found in (parse(body, {}, URL), read(body, {}, URL)):
        assert isinstance(found, NotAFeed)
        assert "letters cannot be read" in found.reason


@pytest.mark.parametrize("words", [KOREAN, RUSSIAN, "Don’t “über” déjà"])
def test_letters_encoded_twice_are_mended_and_that_is_said(words: str) -> None:
    twice = document(words).encode().decode("latin-1").encode()
    assert title(twice) == words
    found = decode(twice, {})
    assert isinstance(found, Decoded) and "twice" in found.note


def twice(words: str) -> str:
    """As an editor shows UTF-8 that it takes for Windows-1252."""
    undefined = {0x81, 0x8D, 0x8F, 0x90, 0x9D}
    return "".join(
        chr(each) if each in undefined else bytes([each]).decode("cp1252")
        for each in words.encode()
    )  # fmt: skip


@pytest.mark.parametrize("around", ["“café” {} — über", "정상 {}", "Ještě {} žluťoučký"])
@pytest.mark.parametrize("words", [
    "Don’t worry – it’s fine", "déjà vu, naïve", KOREAN, RUSSIAN, "Größe: 5°, £3, © ich", CHINESE,
    "Trademark™ “quoted” …",
])  # fmt: skip
def test_one_authors_letters_encoded_twice_are_mended_among_others(words: str, around: str) -> None:
    found = decode(document(around.format(twice(words))).encode(), {})
    assert isinstance(found, Decoded) and "twice" in found.note
    assert around.format(words) in found.body.decode()


@pytest.mark.parametrize("words", ["Hon står på — sade han", "« CAFÉ » et «ÉTÉ»", "AMANHà”, disse",
    "“MANHÔ", "â – voilà", "Åre…", "Ärger – Übel", "ĐÃ", "5 Å – Ångström"])  # fmt: skip
def test_what_some_language_writes_is_not_taken_for_letters_encoded_twice(words: str) -> None:
    assert title(document(words).encode()) == words


@pytest.mark.parametrize("words", ["São Paulo à Ásia", "naïve café", "İçişleri Bakanlığı", "ĐÃ ÃO"])
def test_accents_as_they_should_be_stay(words: str) -> None:
    assert title(document(words).encode()) == words


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
@pytest.mark.parametrize("broken", [False, True])
def test_wide_codecs_are_read_with_a_byte_missing_at_the_end(codec: str, broken: bool) -> None:
    body = (document(KOREAN, "utf-16") + "\n\n").encode(codec)
    assert title(body[:-1] if broken else body) == KOREAN


@given(st.binary(max_size=300), st.sampled_from(["", "euc-kr", "utf-7", "nonsense", "hz", "rot13"]))
def test_any_bytes_are_decoded_or_refused(body: bytes, codec: str) -> None:
    for each in (body, document("@", codec).encode().replace(b"@", body)):
        found = decode(each, {"content-type": f"x; charset={codec}"})
        if isinstance(found, Decoded):
            codecs.decode(found.body, "utf-8")
