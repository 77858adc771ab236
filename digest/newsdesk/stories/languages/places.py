"""Countries and large cities by their names in any language, as Unicode's CLDR lists them.

A name in a text keeps its beginning while cases and suffixes change its end: ``Тунисе`` and
``тунисский`` begin as ``Тунис`` does, ``Tunisian`` as ``Tunisia``. So words are held against stems.
"""

from collections.abc import Iterator
from functools import cache, lru_cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global

from digest.newsdesk.stories.text.stopwords import STOP_WORDS
from digest.newsdesk.stories.text.words import fold, is_unspaced, tokens

_LEAST = 4
"""Letters of a stem; shorter names must be met as they are."""
_SUFFIX = 5
"""Letters by which a word may be longer than the stem it begins with."""
_ENDINGS = "aeiouyаеёийоуъыьэюя"
_ENGLISH = "en"
# Not in CLDR, but in every paper; adjectives that begin unlike the country.
_MORE = {
    "en": {"US": "American|U.S|USA", "GB": "Britain|British|UK", "FR": "French", "ES": "Spanish",
           "CN": "Chinese", "NL": "Dutch|Holland", "DK": "Danish", "PL": "Polish", "SE": "Swedish",
           "CH": "Swiss", "TR": "Turkish|Turkey", "GR": "Greek", "IE": "Irish", "GL": "Greenland",
           "TH": "Thai", "FI": "Finnish", "PH": "Filipino", "CZ": "Czech", "UA": "Ukraine",
           "KP": "North Korea|DPRK", "KR": "South Korea", "AE": "UAE|Emirates", "PT": "Portuguese",
           "IQ": "Iraq", "EUU": "European Union|EU", "CD": "Congo", "MM": "Burma", "VA": "Vatican",
           "PS": "Palestinian|Gaza|West Bank", "JP": "Japanese", "VN": "Vietnamese"},
    "de": {"US": "USA|Amerikaner|amerikanisch|US", "GB": "Grossbritannien|britisch|Briten",
           "FR": "französisch|Franzosen", "RU": "russisch|Russen", "CN": "chinesisch",
           "PL": "polnisch", "CZ": "tschechisch|Tschechien", "KP": "Nordkorea", "TR": "türkisch",
           "GR": "griechisch", "UA": "Ukraine|ukrainisch", "EUU": "EU|Europäische Union",
           "DE": "deutsch|Bundesrepublik", "JP": "japanisch", "ES": "spanisch", "SE": "schwedisch",
           "PS": "Palästinenser|palästinensisch|Gaza", "IT": "italienisch"},
    "ru": {"US": "США|американ", "GB": "британ|Великобритани|Англи", "FR": "француз|Франци",
           "CN": "китайск|Кита", "DE": "немец|германск", "KP": "КНДР|Северной Корее|Северная Корея",
           "KR": "Южная Корея|Южной Корее", "RU": "россий|русск|РФ", "EG": "египт|египет",
           "EUU": "ЕС|Евросоюз", "UA": "украин", "PL": "польск|Польш", "GR": "гречес",
           "IN": "инди", "JP": "япон", "ES": "испан", "IT": "итальян", "TR": "турец|Турци",
           "PS": "палестин|Газа", "CZ": "чешск|Чехи", "AE": "ОАЭ", "IL": "израил"},
    "cs": {"US": "USA|americk|Američan", "GB": "britsk|Británi|Brit", "DE": "němec|Němec",
           "FR": "francouz", "CN": "čínsk|Čín", "RU": "rusk", "KP": "KLDR|Severní Korea|Severní",
           "PL": "polsk", "EG": "egyptsk", "EUU": "EU|Evropská unie", "UA": "ukrajin",
           "CZ": "česk|Češ", "GR": "řeck", "JP": "japonsk", "ES": "španělsk", "IT": "italsk",
           "TR": "tureck", "PS": "palestin|Gaz", "IN": "indick|Indi", "AE": "SAE"},
    "fr": {"US": "américain|Etats-Unis", "GB": "britannique|Grande-Bretagne", "DE": "allemand",
           "EUU": "UE|Union européenne", "CN": "chinois", "RU": "russe", "ES": "espagnol"},
    "es": {"US": "EEUU|EE.UU|estadounidense", "GB": "británic|Gran Bretaña", "DE": "alemán|alemana",
           "EUU": "UE|Unión Europea", "FR": "francés|francesa", "CN": "chino|china"},
    "zh": {"FR": "法国|法國", "KP": "朝鲜|朝鮮|北韩|北韓", "KR": "南韩|南韓", "DE": "德国|德國",
           "JP": "日本", "EUU": "欧盟|歐盟", "UA": "乌克兰|烏克蘭", "IL": "以色列", "HK": "香港",
           "TW": "台湾|台灣", "MO": "澳门|澳門", "CN": "中国|中國", "US": "美国|美國|美军|美軍",
           "GB": "英国|英國", "RU": "俄罗斯|俄羅斯|俄军|俄軍", "PS": "加沙|加薩|巴勒斯坦"},
    "ja": {"US": "米国|アメリカ|米軍", "GB": "英国", "KP": "北朝鮮", "KR": "韓国", "RU": "ロシア",
           "CN": "中国", "DE": "ドイツ", "FR": "フランス", "EUU": "欧州連合", "HK": "香港",
           "TW": "台湾", "VN": "ベトナム", "UA": "ウクライナ", "PS": "ガザ|パレスチナ"},
    "ko": {"US": "미국", "GB": "영국", "KP": "북한", "KR": "한국|남한", "CN": "중국",
           "RU": "러시아", "JP": "일본", "EUU": "유럽연합", "UA": "우크라이나",
           "PS": "가자|팔레스타인"},
    "vi": {"US": "Mỹ", "GB": "Anh", "KP": "Triều Tiên", "KR": "Hàn Quốc", "EUU": "EU",
           "CN": "Trung Quốc", "RU": "Nga", "JP": "Nhật"},
}  # fmt: skip


@lru_cache(8_192)
def _stem(word: str) -> str:
    cut = word.rstrip(_ENDINGS)
    return cut if len(cut) >= _LEAST else word


def places_of(folded: str, language: str) -> set[str]:
    """The countries and cities named in a folded text in ``language``, by CLDR's codes."""
    by_stem, by_character = _known(language)
    found = set()
    if by_stem:
        words = tokens(folded)
        for at, word in enumerate(words):
            for rest, code in _beginnings(language, word):
                following = words[at + 1 : at + 1 + len(rest)]
                if len(following) == len(rest) and all(map(str.startswith, following, rest)):
                    found.add(code)
    if by_character and is_unspaced(folded):
        for at, character in enumerate(folded):
            for name, code in by_character.get(character, ()):
                if folded.startswith(name, at):
                    found.add(code)
    return found


@lru_cache(50_000)
def is_place(word: str, language: str) -> bool:
    """Whether a word alone names a place, in any case."""
    return any(not rest for rest, _ in _beginnings(language, fold(word)))


@lru_cache(50_000)
def _beginnings(language: str, word: str) -> tuple[tuple[tuple[str, ...], str], ...]:
    """The names that begin with ``word`` or a stem of it: the stems that follow, and the code."""
    by_stem, _ = _known(language)
    found = list(by_stem.get(word, ()))
    for end in range(max(_LEAST, len(word) - _SUFFIX), len(word)):
        found.extend(by_stem.get(word[:end], ()))
    return tuple(found)


@cache
def _known(
    language: str,
) -> tuple[
    dict[str, tuple[tuple[tuple[str, ...], str], ...]],
    dict[str, tuple[tuple[str, str], ...]],
]:
    """A language's names by the stem they begin with, and those written without spaces by their
    first character."""
    by_stem: dict[str, dict[tuple[tuple[str, ...], str], None]] = {}
    by_character: dict[str, dict[tuple[str, str], None]] = {}
    for code, name in _names(language):
        folded = fold(name)
        if is_unspaced(folded):
            by_character.setdefault(folded[0], {})[(folded, code)] = None
            continue
        words = tokens(folded)
        if len("".join(words)) < 2 or words[0] in STOP_WORDS.get(language, frozenset()):
            continue
        first, *rest = (_stem(word) for word in words)
        by_stem.setdefault(first, {})[(tuple(rest), code)] = None
    return (
        {stem: tuple(found) for stem, found in by_stem.items()},
        {first: tuple(found) for first, found in by_character.items()},
    )


def _names(language: str) -> Iterator[tuple[str, str]]:
    """Codes of countries and of time zones with their names in ``language``."""
    for code, names in _MORE.get(language, {}).items():
        for name in names.split("|"):
            yield code, name
    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return
    for code, name in locale.territories.items():
        if len(code) == 2:
            yield code, name
    for zone in get_global("zone_territories"):
        city = locale.time_zones.get(zone, {}).get("city")
        if not city and "/" in zone and not language.startswith(("zh", "ja", "ko")):
            city = zone.rpartition("/")[2].replace("_", " ")
        if city and len(city) > 1:
            yield f"@{zone}", city
