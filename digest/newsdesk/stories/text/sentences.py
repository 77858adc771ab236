"""Where sentences end, in the scripts that newsrooms write."""

import re

from digest.kit.text import one_line

LIMIT = 4_000
"""Characters of a text that are looked at."""

_CLOSERS = "\"'”’»)\\]）」』】〉》"
_END = re.compile(
    # Latin, Cyrillic, Greek, Armenian, Ethiopic and Indic scripts end before a space,
    # with a closing quote or without.
    rf"(?<=[.!?…։።।॥;])\s+(?=[¿¡\"'“„«‘(\[]?[^\Wa-zà-ÿа-я_])"
    rf"|(?<=[.!?…։።।॥][{_CLOSERS}])\s+(?=[¿¡\"'“„«‘(\[]?[^\Wa-zà-ÿа-я_])"
    # Arabic, Persian, Urdu and Hebrew know no capitals.
    r"|(?<=[.!?…؟۔])\s+(?=[\"“«(]?[\u0590-\u08ff])"
    # Chinese and Japanese need no space. After a closing quote the sentence mostly goes on, with
    # who said it.
    rf"|(?<=[。！？｡])(?![{_CLOSERS}。！？])"
)
_NOT_AN_END = re.compile(
    r"(?:(?<![^\W\d_])(?:[^\W\d_]|Mr|Mrs|Ms|Dr|St|Sen|Rep|Gov|Gen|Lt|Col|Sgt|Capt|Maj|Prof|Rev|Hon"
    r"|Jr|Sr|No|Nos|vs|Inc|Corp|Co|Ltd|Bros|approx|est|fig"
    r"|U\.S|U\.N|U\.K|E\.U|D\.C|a\.m|p\.m|i\.e|e\.g|Jan|Feb|Mar|Apr|Aug|Sept|Sep|Oct|Nov|Dec"
    r"|z\.B|d\.h|u\.a|bzw|ca|Nr|Str|Abs|Mio|Mrd|vgl|Hr|Fr|M|MM|Mme|Mlle|Sra|Sr|Srta|Ud|EE|UU"
    r"|pág|núm|dott|sig|ing|avv|г|гг|ул|им|млн|млрд|тыс|руб|стр|проф)"
    r"|(?<!\d)\d{1,2})\.$"
)
# Thai has no mark at all: a space after a long enough run may end a sentence.
_THAI = re.compile(r"[\u0e00-\u0e7f]")
_THAI_PIECE = 60


def sentences(text: str) -> list[str]:
    """The sentences of the beginning of ``text``, in order, each on one line.

    Abbreviations, initials and the day of a date ("am 3. März") do not end one. Line breaks always
    do. In Thai, whose sentences are parted by nothing but spaces, phrases are joined until they are
    about as long as a sentence.
    """
    found: list[str] = []
    for paragraph in text[:LIMIT].splitlines():
        line = one_line(paragraph)
        found.extend(_phrases(line) if _is_thai(line) else _ended(line))
    return [sentence for sentence in found if sentence]


def _ended(line: str) -> list[str]:
    found: list[str] = []
    begun = ""
    for piece in _END.split(line):
        # What was cut without a space is put together without one.
        joint = "" if begun and line.startswith(begun + piece, line.find(begun)) else " "
        begun = f"{begun}{joint}{piece}".strip()
        if not _NOT_AN_END.search(begun):
            found.append(begun)
            begun = ""
    if begun:
        found.append(begun)
    return found


def _is_thai(line: str) -> bool:
    return len(_THAI.findall(line)) * 2 > len(line)


def _phrases(line: str) -> list[str]:
    found: list[str] = []
    begun = ""
    for piece in line.split(" "):
        begun = f"{begun} {piece}".strip()
        if len(begun) >= _THAI_PIECE:
            found.append(begun)
            begun = ""
    if begun:
        found.append(begun)
    return found
