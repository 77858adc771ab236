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
    "europa press": "Europa Press", "agencia efe": "EFE", "agerpres": "Agerpres", "cna": "CNA",
    "ttxvn": "TTXVN", "απε-μπε": "ANA-MPA", "ana-mpa": "ANA-MPA", "رويترز": "Reuters",
    "أ ف ب": "AFP", "فرانس برس": "AFP", "د ب أ": "dpa", "واس": "SPA", "سانا": "SANA",
    "وام": "WAM", "وكالات": "وكالات", "رویترز": "Reuters", "ایسنا": "ISNA", "ایرنا": "IRNA",
    "רויטרס": "Reuters", "पीटीआई": "PTI", "भाषा": "PTI Bhasha", "एएनआई": "ANI", "रॉयटर्स": "Reuters",
    "รอยเตอร์": "Reuters", "เอเอฟพี": "AFP", "로이터": "Reuters", "路透社": "Reuters",
    "ロイター": "Reuters", "時事": "Jiji", "共同": "Kyodo", "타스": "TASS",
}  # fmt: skip
# Houses that sell pictures or reports and do not sign datelines.
_HOUSES = re.compile(
    r"\b(?:getty(?: images)?|shutterstock|istock(?:photo)?|alamy|unsplash|pexels|pixabay|imago"
    r"|picture alliance|zuma(?: press)?|epa(?:-efe)?|eyevine|rex features|newscom|sputnik|tass"
    r"|wikimedia(?: commons)?|flickr|afp|ap|reuters|dpa|efe|ansa|yonhap|xinhua|kyodo|bloomberg"
    r"|(?:news )?agenc(?:y|ies)|agencias|agenturen"
    r"|newsis|news1|korean central news agency|kcna|nasa|maxar|planet labs)\b"
    r"|(?:통신|뉴스|뉴시스|신문|일보|방송|제공|기자|신화|社|通信|通讯社|通訊社|新闻|新聞|ニュース|报社|報社"
    r"|日报|日報|新华网|中新网|网|網|晚报|晚報|电视台|電視台|時報|时报|传媒|傳媒|テレビ|放送|オンライン"
    r"|타임스|투데이|경제|닷컴|[摄攝撮]影?|撮影)$",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    r"\s*(?:/|\||;|,|&|·|・|、|[()]|\s[–—-]\s)\s*|\s+(?:and|via|for|und|et|y|e|mit|by|from)\s+",
    re.IGNORECASE,
)
_WORD = r"(?:[^\W\d_a-zà-öø-ÿа-яё][\w'’.-]{0,30})"
_PARTICLE = r"(?:de|del|van|von|der|den|da|di|du|la|le|bin|al|el|of|the|dos|ter|zu|του|της|των)"
_NAME = re.compile(rf"^(?:{_PARTICLE}\s+)?{_WORD}(?:\s+(?:{_PARTICLE}\s+)*{_WORD}){{0,3}}$")
_SMALL = re.compile(rf"{_PARTICLE}$")
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
# Arabic, Hebrew, the letters of India and of Thailand: none is a capital, no name has a form.
_CASELESS = re.compile("[\u0590-\u08ff\u0900-\u0eff]")
_INITIALS = re.compile(r"^[a-z]{1,4}$")


def is_credit(words: str, *, is_one: bool, learned: frozenset[str] = frozenset()) -> bool:
    """Whether what stands behind "Source:" or "Photo:" credits somebody.

    ``is_one``: the label is in the singular. Behind "Sources:" and "Photos:" headlines are as
    frequent, so that there an agency has to be named. ``learned``: agencies beside those of the
    list, in small letters.
    """
    words = _bare(words)
    if is_file(words) or len(words) > 120:
        return False
    parts = [part for part in _BETWEEN.split(words) if part and part.strip()]
    if not 0 < len(parts) <= 6:
        return False
    ours = [_bare(part).casefold() in learned for part in parts]
    known = [mine or names_agency(part) for mine, part in zip(ours, parts, strict=True)]
    if any(known) and all(
        mine or _fits(part) or _INITIALS.match(part.strip())
        for mine, part in zip(ours, parts, strict=True)
    ):
        return True
    return is_one and all(map(_fits, parts))


def names_agency(words: str) -> bool:
    """Whether an agency or a house is named, as a word of its own."""
    bare = _bare(words)
    return bare.casefold() in WIRES or bool(_HOUSES.search(bare))


def is_file(words: str) -> bool:
    """Whether these are the name of a file, which some systems put where a name belongs."""
    return bool(_FILE.search(words))


def offered(words: str) -> tuple[str, ...]:
    """Names behind a label that may be agencies' and are on no list: what there is to learn."""
    parts = [_bare(part) for part in _BETWEEN.split(words.strip()) if part]
    if len(parts) > 6 or not all(0 < len(part) <= 40 for part in parts):
        return ()
    return tuple(
        part for part in parts
        if not names_agency(part) and not is_file(part) and len(part.split()) <= 4
        and not _NO_NAME.search(part)
    )  # fmt: skip


def _bare(words: str) -> str:
    return words.strip(" .,;:|()[]–—-")


def _fits(part: str) -> bool:
    """Whether a part has the form of a name: of an agency, of a person, of a site."""
    part = _bare(part)
    if part.casefold() in WIRES or _DOMAIN.match(part):
        return True
    if _ASIAN.search(part) or _CASELESS.search(part):
        return len(part) <= 16 and len(part.split()) <= 3 and names_agency(part)
    if _NO_NAME.search(part):
        return False
    # The pattern knows small letters of Latin-1 and Russian; Greek and Polish have others.
    small = any(word[0].islower() and not _SMALL.match(word) for word in part.split())
    return (bool(_NAME.match(part)) and not small) or (
        bool(_HOUSES.search(part)) and len(part.split()) <= 3
    )
