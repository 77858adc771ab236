"""The names by which documents and servers call codecs, and what is written under those names.

The labels are those of the WHATWG's Encoding Standard (4.2), which lists what browsers have met, as
far as Python does not know them itself; a test holds all of them.
"""

from digest.intake.feeds.formats.letters import japanese

# By Python's name of the declared codec, those that read what is really written under its name.
SUPERSETS = {
    "euc_kr": ("cp949", "johab"), "cp949": ("cp949",), "iso2022_kr": ("iso2022_kr", "cp949"),
    "shift_jis": ("cp932", "shift_jis_2004"), "cp932": ("cp932", "shift_jis_2004"),
    "euc_jp": ("euc_jp", japanese.NAME, "euc_jis_2004"),
    "iso2022_jp": ("iso2022_jp_2004", "iso2022_jp_ext"),
    "gb2312": ("gb18030",), "gbk": ("gb18030",), "gb18030": ("gb18030",), "hz": ("hz", "gb18030"),
    "big5": ("big5hkscs", "cp950"), "cp950": ("big5hkscs", "cp950"), "big5hkscs": ("big5hkscs",),
    "ascii": ("cp1252",), "iso8859-1": ("cp1252",), "iso8859-9": ("cp1254",),
    "iso8859-11": ("cp874",), "tis-620": ("cp874",), "iso8859-8": ("cp1255",),
    "koi8-r": ("koi8-u",), "iso8859-6": ("iso8859-6", "cp1256"),
    "shift_jis_2004": ("cp932", "shift_jis_2004"), "shift_jisx0213": ("cp932", "shift_jis_2004"),
}  # fmt: skip
ALIASES = {
    "windows-949": "cp949", "uhc": "cp949", "x-windows-949": "cp949", "ks_c_5601-1989": "cp949",
    "x-sjis": "cp932", "ms_kanji": "cp932", "windows-31j": "cp932", "x-ms-cp932": "cp932",
    "x-euc-jp": "euc_jp", "cp51932": "euc_jp", "eucjp-ms": "euc_jp", "x-gbk": "gb18030",
    "gb_2312-80": "gb18030", "x-euc-cn": "gb18030", "cn-big5": "big5", "x-x-big5": "big5",
    "cn-gb": "gb18030", "x-cp1252": "cp1252", "x-cp1251": "cp1251", "windows-874": "cp874",
    "iso-8859-8-i": "iso8859-8", "iso-8859-8-e": "iso8859-8", "dos-874": "cp874", "tis620": "cp874",
    "unicode-1-1-utf-8": "utf-8", "utf8mb4": "utf-8", "x-unicode20utf8": "utf-8", "koi": "koi8-r",
    "unicode11utf8": "utf-8", "unicode20utf8": "utf-8", "iso88592": "iso8859-2",
    "iso88593": "iso8859-3", "iso88594": "iso8859-4", "iso88595": "iso8859-5",
    "csiso88596e": "iso8859-6", "csiso88596i": "iso8859-6", "iso-8859-6-e": "iso8859-6",
    "iso-8859-6-i": "iso8859-6", "iso88596": "iso8859-6", "iso88597": "iso8859-7",
    "sun_eu_greek": "iso8859-7", "csiso88598e": "iso8859-8", "iso88598": "iso8859-8",
    "visual": "iso8859-8", "csiso88598i": "iso8859-8", "logical": "iso8859-8",
    "iso885910": "iso8859-10", "iso885913": "iso8859-13", "iso885914": "iso8859-14",
    "csisolatin9": "iso8859-15", "iso885915": "iso8859-15", "koi8": "koi8-r", "koi8-ru": "koi8-u",
    "csmacintosh": "mac-roman", "mac": "mac-roman", "x-mac-roman": "mac-roman",
    "iso885911": "cp874", "x-cp1250": "cp1250", "iso88591": "iso8859-1", "x-cp1253": "cp1253",
    "iso88599": "iso8859-9", "x-cp1254": "cp1254", "x-cp1255": "cp1255", "x-cp1256": "cp1256",
    "x-cp1257": "cp1257", "x-cp1258": "cp1258", "x-mac-cyrillic": "mac-cyrillic",
    "x-mac-ukrainian": "mac-cyrillic", "csgb2312": "gb18030", "gb_2312": "gb18030",
    "cseucpkdfmtjapanese": "euc_jp", "cseuckr": "cp949", "csksc56011987": "cp949",
    "iso-ir-149": "cp949", "ksc_5601": "cp949",
}  # fmt: skip
# What stands at 80 to 9F under the name of a codec that has control characters there.
WINDOWS = {
    "iso8859-2": "cp1250", "iso8859-3": "cp1254", "iso8859-4": "cp1257", "iso8859-5": "cp1251",
    "iso8859-6": "cp1256", "iso8859-7": "cp1253", "iso8859-10": "cp1257", "iso8859-13": "cp1257",
    "iso8859-15": "cp1252", "iso8859-16": "cp1250",
}  # fmt: skip
