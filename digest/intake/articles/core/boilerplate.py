"""What ends summaries and is no news: invitations to read on, marks of a cut."""

import re

_INVITATION = (
    r"(?:continue reading|keep reading|read more|read on|read full (?:story|article)"
    r"|read the (?:full|whole|entire|complete|rest of the|rest of this)"
    r"\s?(?:story|article|post|report|entry)?"
    r"|(?:view|see|read) (?:full |original )?(?:article|post)|full story|learn more|more details"
    r"|click here(?: to (?:read|continue|view)[^.!?\n]{0,60})?|\(more\)"
    r"|more\s?(?:…|\.\.\.|»|›|→|>+)"
    r"|weiterlesen|mehr lesen|weiter lesen|zum artikel|lire la suite|lire plus|en savoir plus"
    r"|lire l['’]article|leer más|seguir leyendo|sigue leyendo|continuar leyendo|ler mais"
    r"|leia mais|continue lendo|continue a ler|leggi tutto|continua a leggere|leggi di più"
    r"|lees (?:meer|verder)|läs mer|les mer|læs mere|lue lisää|czytaj (?:więcej|dalej|więcej)"
    r"|číst dále|čítať viac|olvass tovább|tovább|citește mai mult|devamını oku|devamı"
    r"|читать (?:далее|дальше|полностью)|подробнее|читати далі"
    r"|διαβάστε περισσότερα|baca selengkapnya"
    r"|đọc tiếp|xem thêm|อ่านต่อ|더\s?보기|더\s?읽기"
    r"|기사\s?(?:전체\s?)?보기|자세히\s?보기|전문\s?보기|계속\s?읽기"
    r"|read in app|saiba mais|ver más|mehr(?: dazu)?\s?(?:…|\.\.\.)|zum vollständigen artikel"
    r"|devamı için tıklayın|selengkapnya|xem tiếp|อ่านเพิ่มเติม|और पढ़ें|קרא עוד|اقرأ المزيد|للمزيد"
    r"|(?:기사\s?)?(?:전문|전체)\s?(?:기사\s?)?(?:보기|읽기)|全文はこちら|記事全文|詳細はこちら|查看原文|阅读原文|閱讀原文"
    r"|lisez la suite|lire l['’]intégralité|(?:den )?(?:ganzen )?artikel lesen|mehr erfahren"
    r"|lees (?:het )?(?:hele |volledige )?(?:artikel|bericht|verhaal)|läs (?:hela artikeln|vidare)"
    r"|les hele (?:saken|artikkelen)|læs (?:hele artiklen|videre)|lue koko (?:juttu|artikkeli)"
    r"|(?:číst |čítať )?celý člán[eo]k|zobacz więcej|czytaj całość|pročitaj(?:te)? više|opširnije"
    r"|прочет(?:ете|и) (?:още|повече)|leer (?:la )?(?:noticia|nota) completa|leer artículo completo"
    r"|leia a (?:íntegra|(?:matéria|notícia) completa)|ler (?:o )?artigo completo"
    r"|leggi l['’]articolo(?: completo)?|διαβάστε (?:όλο το άρθρο|τη συνέχεια)|haberin devamı"
    r"|詳しくはこちら|続きはこちら|記事(?:の続き)?を読む|기사\s?더\s?보기|원문\s?보기"
    r"|xem chi tiết|đọc thêm|(?:पूरी खबर|आगे) पढ़ें|ادامه (?:مطلب|خبر)|המשך קריאה"
    r"|לקריאת הכתבה המלאה|อ่านข่าวเต็ม"
    r"|続きを読む|もっと読む|全文を読む|阅读(?:更多|全文)|閱讀(?:更多|全文)|繼續閱讀|继续阅读|查看更多|查看全文)"
)
_ARROW = r"(?:→|»|›|⟶|➜|➔|>{1,3}|\.{3}|…|&raquo;)"
_WHERE = (
    r"(?:\s+(?:here|hier|ici|aquí|qui|aqui)"
    r"|\s+(?:at|on|auf|bei|sur|en|su)\s+[^\s.]+(?:\.[^\s.]+){0,3}\.\w{2,12})"
)
_CUT = r"(?:\[\s?(?:…|\.{3})\s?\]|…|\.{3}|\(\s?(?:…|\.{3})\s?\))"
# Alone, with an arrow, with what is read behind it and an arrow, or "at harbour.example".
_LINE = re.compile(
    rf"^\W{{0,4}}{_INVITATION}(?:\s*[.:]?\s*{_ARROW}?|\s.{{1,200}}?{_ARROW}"
    rf"|:?\s+https?://\S+|{_WHERE})\W{{0,3}}$",
    re.IGNORECASE,
)
# What follows where an ending begins, and reaches to the end.
_LAST = rf"{_INVITATION}(?:\s[^.!?\n]{{1,160}}?{_ARROW}|\s*{_ARROW}|{_WHERE})?\s*[\])]?\W{{0,3}}$"
# After a mark of a cut, whatever is to be read needs no arrow.
_LAST_CUT = r"(?:continue reading|read more)\b[^.!?\n]{0,200}$"
_END = re.compile(
    rf"(?:(?P<cut>\s*{_CUT})\s*|(?<=[.!?:…。！？।۔؟])\s*|\s{{1,3}}(?=[\[(]))[\[(]?{_LAST}"
    rf"|(?P<mark>\s*{_CUT})\s*{_LAST_CUT}",
    re.IGNORECASE,
)
# Every ending begins behind one of these or at a bracket; there are few, and the search for an
# ending tries each place.
_OPENING = re.compile(r"[.!?:…。！？।۔؟\[(\])]")
_LIKELY = re.compile(rf"[\[(]?\s*[\[(]?(?:{_LAST}|{_LAST_CUT})", re.IGNORECASE)
_SHORTEST = 2
# "[詳細]", "（全文）": a bracket that holds nothing else.
_BRACKETED = re.compile(
    r"\s*[\[（【]\s?(?:詳細|全文|続き|詳情|详情|原文|더보기|more)\s?[\]）】]\s*$", re.I
)
# What WordPress hangs under an entry, in its languages.
_FIRST_ON = re.compile(
    r"^(?:The post|L[’']article|Cet article|Der Beitrag|La entrada|L[’']articolo|O post|Inlägget"
    r"|Het bericht|Innlegget|Indlægget|Artikkeli|Сообщение|Запис|Post|Wpis|Příspěvek|A bejegyzés"
    r"|Articolul|Το άρθρο|投稿|포스트|الموضوع|Bài viết)\s.{1,500}"
    r"(?:(?:appeared )?first (?:appeared )?on|est apparu(?:e)? en premier sur|erschien zuerst auf"
    r"|(?:se publicó|aparece|apareció) primero en|sembra essere il primo su|proviene da"
    r"|apareceu primeiro em|verscheen eerst op|ilmestyi ensin|apare prima dată|först på|først på"
    r"|(?:появил[аио]сь?|появились) сначала на|pojawił się po(?:czą|cza)tkowo na|először"
    r"|se nejdříve objevil na|εμφανίστηκε πρώτα|に最初に表示されました|ظهر أولاً|xuất hiện đầu tiên)"
    r"\b.{0,200}$",
    re.IGNORECASE,
)
_MAY_BE_FIRST_ON = re.compile(
    r"[.!?…\]]\s(?=(?:The post|L[’']article|Der Beitrag|La entrada|O post|Het bericht)\s)"
)
_MARK = re.compile(r"\s*(?:\[\s?(?:…|\.{3}|&hellip;)\s?\]|\(\s?(?:…|\.{3})\s?\))\s*$")
_CLOSING = ("]", ")", "）", "】")
_TAIL_LENGTH = 300


def is_invitation(line: str) -> bool:
    """Whether a line asks to read on and says nothing else.

    "Read more →" does, "Read more books, librarians urge" does not.
    """
    if len(line) > 2 * _TAIL_LENGTH:
        return False
    return bool(_FIRST_ON.match(line)) or (len(line) <= _TAIL_LENGTH and bool(_LINE.match(line)))


def without_tail(plain: str) -> str:
    """A text without the invitation at its end; a cut is marked by an ellipsis.

    Only the last line's end is looked at: what stands inside is the author's.
    """
    head, tail = plain[:-_TAIL_LENGTH], plain[-_TAIL_LENGTH:]
    if tail.rstrip().endswith(_CLOSING):
        tail = _BRACKETED.sub("", tail)
    for begins in _MAY_BE_FIRST_ON.finditer(tail):
        if _FIRST_ON.match(tail[begins.end() :]):
            tail = tail[: begins.start() + 1]
            break
    found = _END.search(tail) if _may_invite(tail) else None
    if found:
        was_cut = found["cut"] or found["mark"]
        tail = tail[: found.start()].rstrip() + ("…" if was_cut else "")
    if tail.rstrip().endswith(_CLOSING):
        tail = _MARK.sub("…", tail)
    return (head + tail).strip()


def _may_invite(tail: str) -> bool:
    """Whether the search for an ending is worth its while, which is long."""
    most = len(tail) - _SHORTEST
    return any(
        opening.end() <= most
        and (
            _LIKELY.match(tail, opening.end())
            or (opening[0] in "[(" and _LIKELY.match(tail, opening.start()))
        )
        for opening in _OPENING.finditer(tail)
    )
