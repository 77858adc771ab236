"""What a credit looks like: agencies by name, people by the form of a name, never a colon alone."""

import re

# Wires that sign inside the dateline, as their stylebooks ask: "SEOUL, Nov 23 (Reuters) - …".
WIRES = {
    "reuters": "Reuters", "ap": "AP", "associated press": "AP", "the associated press": "AP",
    "afp": "AFP", "agence france-presse": "AFP", "dpa": "dpa", "efe": "EFE", "ansa": "ANSA",
    "apa": "APA", "pa": "PA", "pa media": "PA", "xinhua": "Xinhua", "yonhap": "Yonhap",
    "연합뉴스": "Yonhap", "新华社": "Xinhua", "kyodo": "Kyodo", "kyodo news": "Kyodo",
    "jiji": "Jiji",
    "tass": "TASS", "tacc": "TASS", "тасс": "TASS", "interfax": "Interfax", "ria": "RIA Novosti",
    "bloomberg": "Bloomberg", "upi": "UPI", "pti": "PTI", "ani": "ANI", "ians": "IANS",
    "aap": "AAP",
    "bernama": "Bernama", "antara": "Antara", "anadolu": "Anadolu", "aa": "Anadolu", "lusa": "Lusa",
    "anp": "ANP", "belga": "Belga", "ritzau": "Ritzau", "ntb": "NTB", "tt": "TT", "stt": "STT",
    "pap": "PAP", "čtk": "ČTK", "ctk": "ČTK", "mti": "MTI", "keystone-sda": "Keystone-SDA",
    "sda": "Keystone-SDA", "kcna": "KCNA", "sid": "SID", "epd": "epd", "kna": "KNA",
    "europa press": "Europa Press", "agencia efe": "EFE",
}  # fmt: skip
# Houses that sell pictures or reports and do not sign datelines.
_HOUSES = re.compile(
    r"\b(?:getty(?: images)?|shutterstock|istock(?:photo)?|alamy|unsplash|pexels|pixabay|imago"
    r"|picture alliance|zuma(?: press)?|epa(?:-efe)?|eyevine|rex features|newscom|sputnik|tass"
    r"|wikimedia(?: commons)?|flickr|afp|ap|reuters|dpa|efe|ansa|yonhap|xinhua|kyodo|bloomberg"
    r"|newsis|news1|korean central news agency|kcna|nasa|maxar|planet labs)\b"
    r"|(?:통신|뉴스|뉴시스|신문|일보|방송|제공|기자|신화|社|通信|通讯社|通訊社|新闻|新聞|ニュース|报社|報社"
    r"|日报|日報|新华网|中新网)$",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    r"\s*(?:/|\||;|,|&|·|・|、|[()]|\s[–—-]\s)\s*|\s+(?:and|via|for|und|et|y|e|mit|by|from)\s+",
    re.IGNORECASE,
)
_WORD = r"(?:[^\W\d_a-zà-öø-ÿа-яё][\w'’.-]{0,30})"
_PARTICLE = r"(?:de|del|van|von|der|den|da|di|du|la|le|bin|al|el|of|the|dos|ter|zu)"
_NAME = re.compile(rf"^(?:{_PARTICLE}\s+)?{_WORD}(?:\s+(?:{_PARTICLE}\s+)*{_WORD}){{0,3}}$")
# Words of headlines in capitals, which no name has.
_NO_NAME = re.compile(
    r"\b(?:to|is|are|was|were|in|on|at|after|as|over|with|says|said|will|for|how|why|what|who|when"
    r"|its|his|her|their|new|no|not|be|has|have|can|launches|fires|shows|reviews|kills|hits)\b",
    re.IGNORECASE,
)
_DOMAIN = re.compile(r"^(?:https?://)?(?:[a-z0-9-]{1,63}\.)+[a-z]{2,12}/?$", re.IGNORECASE)
_FILE = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|tiff?|bmp|svg|mp4|mov|pdf)$|^\S*_\S*$|^[\d\W_]+$", re.I
)
_ASIAN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")


def is_credit(words: str, *, is_one: bool) -> bool:
    """Whether what stands behind "Source:" or "Photo:" credits somebody.

    ``is_one``: the label is in the singular. Behind "Sources:" and "Photos:" headlines are as
    frequent, so that there an agency has to be named.
    """
    words = words.strip(" .,;:|()[]–—-")
    if is_file(words) or len(words) > 120:
        return False
    parts = [part for part in _BETWEEN.split(words) if part and part.strip()]
    if not 0 < len(parts) <= 6:
        return False
    known = [names_agency(part) for part in parts]
    if all(map(_fits, parts)) and any(known):
        return True
    return is_one and all(map(_fits, parts))


def names_agency(words: str) -> bool:
    """Whether an agency or a house is named, as a word of its own."""
    bare = words.strip(" .,;:|()[]–—-")
    return bare.casefold() in WIRES or bool(_HOUSES.search(bare))


def is_file(words: str) -> bool:
    """Whether these are the name of a file, which some systems put where a name belongs."""
    return bool(_FILE.search(words))


def _fits(part: str) -> bool:
    """Whether a part has the form of a name: of an agency, of a person, of a site."""
    part = part.strip(" .,;:|()[]–—-")
    if part.casefold() in WIRES or _DOMAIN.match(part):
        return True
    if _ASIAN.search(part):
        return len(part) <= 16 and len(part.split()) <= (3 if _HOUSES.search(part) else 1)
    if _NO_NAME.search(part):
        return False
    return bool(_NAME.match(part)) or (bool(_HOUSES.search(part)) and len(part.split()) <= 3)
