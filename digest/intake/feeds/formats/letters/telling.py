"""Whether letters come out as some language writes them, by which a codec is known to be right."""

import re

BY_LANGUAGE = {
    "ko": ("cp949",), "ja": ("cp932", "euc_jp"), "zh": ("gb18030", "big5hkscs"),
    "ru": ("cp1251", "koi8-u"), "uk": ("cp1251", "koi8-u"), "bg": ("cp1251",), "el": ("cp1253",),
    "tr": ("cp1254",), "he": ("cp1255",), "ar": ("cp1256",), "fa": ("cp1256",), "th": ("cp874",),
    "pl": ("cp1250", "iso8859-2"), "cs": ("cp1250", "iso8859-2"), "hu": ("cp1250", "iso8859-2"),
    "ro": ("cp1250", "iso8859-2"), "vi": ("cp1258",),
}  # fmt: skip
# By codec, its script and the letters that make up a known share of any text in it: of a text read
# with the wrong codec they make up next to nothing.
_JAPANESE = "のにをはがとしでたるいてなっさかもられスンルトリ日国"
_CHINESE = (
    "的一是在不了有和人大上我以要他用生到作地出就分成可主年工也能下而方后多定行部新日北美京市"
)
TELLING = {
    "cp949": (
        "[\uac00-\ud7a3]",
        "이다는의에을가한고를은기지로도사인대해리시서어아자하정전부국일수원제상장북김위주라",
        0.2,
    ),
    "cp932": ("[\u3041-\u30fe\u4e00-\u9fff]", _JAPANESE, 0.15),
    "euc_jp": ("[\u3041-\u30fe\u4e00-\u9fff]", _JAPANESE, 0.15),
    "gb18030": ("[\u4e00-\u9fff]", _CHINESE + "这中为个国时来们于对会发动说产种面学经将总", 0.12),
    "big5hkscs": ("[\u4e00-\u9fff]", _CHINESE + "這中為個國時來們於對會發動說產種面學經將總", 0.12),
    "cp1251": ("[а-яёіїєґ]", "оеаинтс", 0.35),
    "koi8-u": ("[а-яёіїєґ]", "оеаинтс", 0.35),
    "iso8859-5": ("[а-яёіїєґ]", "оеаинтс", 0.35),
    "cp866": ("[а-яёіїєґ]", "оеаинтс", 0.35),
    "cp1253": ("[\u0370-\u03ff]", "αοιετσνόίά", 0.45),
    "cp1255": ("[\u05d0-\u05ea]", "יוהלאתרבמש", 0.5),
    "cp1256": ("[\u0621-\u064a]", "اليمونرتبةع", 0.5),
    "cp874": ("[\u0e01-\u0e4e]", "านรอกเงมยลวดทสตะปบคห", 0.6),
}  # fmt: skip
# Codecs that nobody is taken to have meant, and what is known of them.
_LIKE = {
    "shift_jis_2004": "cp932", "euc_jis_2004": "euc_jp", "digest-cp51932": "euc_jp",
    "cp950": "big5hkscs", "johab": "cp949", "mac-cyrillic": "cp1251", "iso8859-6": "cp1256",
    "iso8859-7": "cp1253",
}  # fmt: skip
_ASCII = re.compile("[\x00-\x7f]+")
_MOST = 20_000
_LEAST = 6


def tells(text: str, codec: str, *, least: int = _LEAST) -> bool | None:
    """Whether ``text``, read with ``codec``, is in the script it is for, in its usual letters.

    None for a codec of which nothing is known, and for fewer letters than ``least``.
    """
    codec = _LIKE.get(codec, codec)
    if codec not in TELLING:
        return None
    script, frequent, share = TELLING[codec]
    beyond = _ASCII.sub("", text[: 20 * _MOST])[:_MOST]
    # Of Thai the vowels above and below are marks, and no letters.
    letters = beyond if codec == "cp874" else "".join(filter(str.isalnum, beyond))
    if len(letters) < least:
        return None
    ours = [each for each in letters if re.match(script, each)]
    common = sum(each.casefold() in frequent for each in ours)
    # Letters inside Latin words are a western language's accents.
    inside = len(re.findall(f"(?<=[A-Za-z]){script}|{script}(?=[A-Za-z])", text[: 3 * _MOST]))
    return (
        len(ours) >= max(0.7 * len(letters), 0.5 * len(beyond))
        and common >= share * len(ours)
        and inside <= 0.5 * len(ours)
    )
