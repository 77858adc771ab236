"""The words by which outlets call a report urgent, in the languages that newsrooms read."""

import re

# Only as a label: at the beginning with something after it that ends a label, or in brackets.
# "Breaking bad habits" and "Flash floods" are headlines.
_LATIN = (
    r"breaking(?: news)?|just in|urgent|news ?flash|flash|news alert|alert"  # English
    r"|eilmeldung|eil"  # German
    r"|alerte(?: info)?|flash info|urgent|dernière minute"  # French
    r"|última hora|ultima hora|urgente|última noticia"  # Spanish
    r"|urgente|plantão|última hora"  # Portuguese
    r"|ultim['’ ]?ora|urgente"  # Italian
    r"|son dakika|acil"  # Turkish
    r"|pilne|z ostatniej chwili"  # Polish
    r"|breaking|laatste nieuws"  # Dutch
    r"|tin nóng|tin khẩn|khẩn"  # Vietnamese
    r"|terkini|berita terkini|segera|mendesak"  # Indonesian, Malay
    r"|senaste nytt|just nu|siste nytt|seneste"  # Nordic
)
_CYRILLIC = r"срочно|молния|экстренно|терміново|блискавка|блискавична новина"
_SEMITIC = r"عاجل(?: جدا)?|خبر عاجل|فوری|خبر فوری|דחוף|מבזק"
_INDIC = r"ब्रेकिंग(?: न्यूज़)?|तत्काल"
# Written without spaces, these need no sign after them to be a label.
_BARE = (
    r"(?:긴급속보|속보|긴급|호외|\d보|快讯|快訊|突发新闻|突發新聞|突发|突發|即时|速报|速報|緊急|紧急|号外|號外"
    r"|ด่วน|ข่าวด่วน|ข่าวด่วนที่สุด)"
)
# Spaces in the words above are spaces; those in the pattern below are not.
_BRACKETED, _LABELLED = (
    "|".join(parts).replace(" ", r"[ ]")
    for parts in (
        (_BARE, _LATIN, _CYRILLIC, _SEMITIC, _INDIC),
        (_LATIN, _CYRILLIC, _SEMITIC, _INDIC, _BARE),
    )
)
OPENING = r"\[({<【（〔《〈「『≪＜［｛«‹*"
CLOSING = r"\])}>】）〕》〉」』≫＞］｝»›*"
"""What stands around a label, as the inside of a set of characters. Quotation marks do not: they
stand around what somebody said."""

_END = r"\s*(?:[:：|!！–—]+|-\s|\.\.\.|…)\s*"
# An opening bracket before a label is the label's own: what is passed over before is no bracket.
_LABEL = re.compile(
    rf"""^[^\w{OPENING}]{{0,4}}(?:
        [{OPENING}]{{1,2}}\s*(?P<bracketed>{_BRACKETED})
            (?:[\s·・/,|:+-]*(?:{_BRACKETED}|\d+보|종합))*\s*[{CLOSING}]{{1,2}}\s*(?:[:：]\s*)?
      | (?P<labelled>{_LABELLED}){_END}
      | (?P<bare>{_BARE})(?=\s|[^\w{CLOSING}])\s*
      | (?P<loud>(?-i:BREAKING(?:\ NEWS)?|JUST\ IN|URGENT|URGENTE|СРОЧНО|EIL|EILMELDUNG))\s+
    )""",
    re.IGNORECASE | re.VERBOSE,
)


def urgent_word(title: str) -> str:
    """The word that labels ``title`` as urgent, as it stands there; empty when there is none."""
    found = _LABEL.match(title[:80])
    return next((word for word in found.groupdict().values() if word), "") if found else ""


def without_label(title: str) -> str:
    """``title`` without the labels of urgency at its beginning; a label alone stays as it is."""
    rest = title
    while found := _LABEL.match(rest):
        rest = rest[found.end() :]
    return rest or title
