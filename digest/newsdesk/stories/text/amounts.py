"""Numbers in one form, whatever outlets write: 140,000 and 140K; $60 billion and $60bn; 4.2.

Read as words are, "60bn" and "60 billion" share nothing, "140,000" is cut in two, and "4.2" leaves
no trace at all; yet next to names nothing tells one event from another as numbers do. Letters with
dots between them become one word for the same reason: U.N. and UN, D.C. and DC.
"""

import re

from digest.newsdesk.stories.text.words import primary

_SCALES: tuple[tuple[int, str], ...] = (
    (3, "thousand|tausend|tsd|mille|mil|тыс|тысяч|тысячи|тысяча|tys|tis|tisic|nghin|ngan|bin|千"
        "|천"),
    (4, "万|萬|만"),
    (6, "million|millions|mln|mn|mio|millionen|millones|millon|milioni|milione|milhoes|milhao"
        "|miliony|milionu|milion|milyon|juta|trieu|млн|миллион|миллиона|миллионов|百万|百萬|백만"),
    (8, "亿|億|억"),
    (9, "bn|mrd|mld|milliarde|milliarden|milliard|milliards|miliardi|miliardo|miliard|miliardy"
        "|miliardu|miliar|milyar|mil millones|mil milhoes|bilhoes|bilhao|ty|млрд|миллиард"
        "|миллиарда|миллиардов|十亿|十億"),
    (12, "trillion|trillions|trn|tn|trln|трлн|триллион|триллиона|триллионов|兆|조"),
)  # fmt: skip
_POWER = {word: power for power, words in _SCALES for word in words.split("|")}
_CLINGING = {"k": 3, "m": 6, "b": 9}
"""Letters that mean so much right behind a number."""
_LONG_SCALE = frozenset(
    ("cs", "da", "de", "es", "fi", "fr", "it", "nb", "nl", "nn", "no", "pl", "pt", "sv")
)
"""Languages whose billion is a million millions."""
_SPACED = frozenset(
    ("be", "bg", "cs", "fi", "fr", "hu", "nb", "nn", "no", "pl", "ru", "sk", "sv", "uk")
)
"""Languages that part thousands by a space."""
_WORDS = "|".join(sorted([*_POWER, "billion", "billions", "billionen"], key=len, reverse=True))
_UNSPACED_SCALE = "\u3400-\u9fff\uac00-\ud7af"


def _amount(between: str) -> re.Pattern[str]:
    # Begins with a set of characters, which is looked for ten times as fast as a look behind.
    return re.compile(
        rf"[0-9](?<![\w.,][0-9])(?:[0-9]{{0,2}}(?:[{between}][0-9]{{3}})+|[0-9]*)"
        rf"(?:[.,][0-9]+)?(?![0-9])(?![.,][0-9])"
        rf"(?:[ -]?(?P<scale>{_WORDS})(?:(?<=[{_UNSPACED_SCALE}])|(?![^\W\d_]))"
        r"|(?P<letter>[kmb])(?!\w))?"
    )


_AMOUNT, _AMOUNT_SPACED = _amount(".,"), _amount("., ")
_NUMBER = re.compile(r"[0-9]+(?:[., ][0-9]{3})*(?:[.,][0-9]+)?")
_GROUPED = re.compile(r"[., ](?=[0-9]{3}(?![0-9]))")
_DOT = re.compile(r"\.(?<=\b[a-z]\.)(?=[a-z]\b)")


def plainly(folded: str, language: str) -> str:
    """Folded text with its amounts as one word each, and abbreviations without their dots."""
    if "." in folded:
        folded = _DOT.sub("", folded)
    spoken = primary(language)
    pattern = _AMOUNT_SPACED if spoken in _SPACED else _AMOUNT
    return pattern.sub(lambda found: _written(found, spoken), folded)


def _written(found: re.Match[str], language: str) -> str:
    whole, scale, letter = found[0], found["scale"], found["letter"]
    number = _NUMBER.match(whole)
    if number is None or (number[0].isdecimal() and not scale and not letter):
        return whole
    plain = _GROUPED.sub("", number[0]).replace(",", ".")
    digits, _, fraction = plain.partition(".")
    power = _power(scale, language) if scale else _CLINGING.get(letter or "", 0)
    fraction = fraction.rstrip("0")
    digits += fraction[:power].ljust(power, "0")
    rest = fraction[power:]
    return f" {digits.lstrip('0') or '0'}{'p' + rest if rest else ''} "


def _power(scale: str, language: str) -> int:
    if scale.startswith("billion"):
        return 12 if language in _LONG_SCALE else 9
    return _POWER[scale]
