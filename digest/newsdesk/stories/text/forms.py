"""What kind of report a title announces, in the languages that newsrooms read: a correction or an
update; somebody's opinion; or a collection, which tells of many events, or of none."""

import re

from digest.newsdesk.stories.text.urgent import CLOSING, OPENING, without_label

_LOOKED_AT = 200

# A label opens a title and ends in a sign, or stands in brackets.
_CORRECTION = (
    r"correction|corrected|corrects|clarification|retraction|kill notice|korrektur|berichtigung"
    r"|rectificatif|correctif|corrección|rectificación|fe de erratas|correção|errata|rettifica"
    r"|correzione|исправление|уточнение|поправка|oprava|sprostowanie|düzeltme|đính chính|koreksi"
    r"|更正|訂正|정정|바로잡습니다|تصحيح"
)
_UPDATE = (
    r"update[sd]?|update \d+|\d+(?:st|nd|rd|th) (?:lead|update)|recasts|wrapup|aktualisiert"
    r"|mise à jour|actualización|atualização|aggiornamento|обновлено|дополнено|aktualizováno"
    r"|güncelleme|cập nhật|续报|續報|続報|更新|종합\d?보?|상보"
)
_OPINION = (
    r"opinion|op-ed|editorial|analysis|commentary|comment|column|explainer|explained|review"
    r"|interview|podcast|kommentar|analyse|leitartikel|meinung|tribune|chronique|opinión|análisis"
    r"|editoriale|opinione|analisi|мнение|анализ|колонка|komentář|názor|bình luận|评论|評論|社论"
    r"|社論|社説|解説|칼럼|사설|인터뷰|رأي"
)


def _labelled(words: str) -> re.Pattern[str]:
    return re.compile(
        rf"^[^\w{OPENING}]{{0,3}}(?:(?:{words})\s*(?:\d+\s*)?(?:[:：|丨｜]+|\s?[-–—]+\s|(?<=\d)[-–—])"
        rf"|[{OPENING}]{{1,2}}\s*(?:{words})\s*[{CLOSING}]{{1,2}})"
        rf"|[(\[（【](?:{words})[)\]）】]\s*$",
        re.IGNORECASE,
    )


_CORRECTIONS, _UPDATES, _OPINIONS = (_labelled(each) for each in (_CORRECTION, _UPDATE, _OPINION))

# Live tickers, by the label that opens or ends their title.
_TICKER = (
    r"live ?blog|live ?ticker|live updates?|live coverage|live feed|newsblog|news ?ticker|ticker"
    r"|rolling (?:coverage|updates)|minute by minute|minuto a minuto|cobertura en vivo|en vivo"
    r"|en directo|en direct|ao vivo|minuto per minuto|diretta live|la diretta|онлайн-трансляция"
    r"|текстовая трансляция|хроника дня|online přenos|živě|na żywo|canlı anlatım|trực tiếp"
    r"|文字直播|直播|滚动更新|滾動更新|實時更新|实时更新|ライブ(?:更新|ブログ)|随時更新|실시간"
)
_COLLECTION = (
    # Round-ups of a morning, an evening, a week.
    r"(?:(?:\w+day|early|late) )?(?:(?:morning|evening|afternoon|midday|weekend|daily|nightly"
    r"|weekly) )?(?:morning|evening|afternoon|midday|weekend|daily|nightly|weekly|news|politics"
    r"|sports?|business|market|world|entertainment|celebrity|tech) (?:briefing|brief|rundown"
    r"|round-?up|digest|headlines|highlights|wrap|recap|bulletin|newsletter)s?|sector update"
    r"|(?:the |your )?(?:eu |economic |earnings |market |business )?week ahead(?: \w+ [\d–-]+)?"
    r"|(?:your|the|today['’]s|this week['’]s) (?:(?:morning|evening|daily|weekly|\w+day)[ ])?"
    r"(?:briefing|rundown|round-?up|news digest|news quiz)"
    r"|(?:five|ten|\d{1,2}) things (?:to know|you need to know|you should know)"
    r" (?:today|this morning|for \w+day|on \w+day|before)(?: the opening bell| the bell| work)?"
    r"|what (?:to know|you need to know) (?:today|this morning|for \w+day)|up first|the day ahead"
    r"|(?:the )?(?:week|day|month|year) in (?:review|news|politics|tech|science|photos|pictures)"
    r"|front pages?|newspaper headlines|what the papers say|the papers"
    r"|top (?:stories|headlines)(?: of the (?:day|hour|week))?|news in brief|in brief|news quiz"
    r"|der (?:morgen|tag|abend) (?:im überblick|kompakt)|nachrichten am morgen|morgenlage"
    r"|die lage am \w+|presseschau|kurzmeldungen|kurz notiert"
    r"|revue de presse|l['’]essentiel de l['’]actualité|le brief|ce qu['’]il faut retenir"
    r"|resumen (?:de noticias|del día|semanal)|las noticias del día|buenos días"
    r"|rassegna stampa|le notizie del giorno|prima pagina|resumo do dia|notícias do dia"
    r"|главное за (?:день|ночь|утро|неделю)|главные (?:новости|события)(?: дня| недели)?"
    r"|итоги (?:дня|недели)|обзор прессы|události dne|přehled (?:zpráv|událostí|tisku)"
    r"|przegląd prasy|najważniejsze wydarzenia dnia|günün (?:haberleri|özeti)|gazete manşetleri"
    r"|điểm tin|tin tức (?:24h|trong ngày|sáng|tối)|điểm báo|bản tin (?:sáng|trưa|tối)"
    r"|早报|早報|晚报要闻|晚報要聞|新闻早餐|新聞早餐|每日新闻|新闻联播|要闻汇总|要聞匯總|一周回顾|一週回顧"
    r"|今日の(?:ニュース|主なニュース|まとめ)|朝刊(?:の)?一面|ニュースまとめ"
    r"|오늘의 (?:주요 ?뉴스|뉴스)|주요 ?뉴스|뉴스 ?브리핑|아침 ?신문|조간 ?브리핑|간추린 ?뉴스"
)
_GALLERY = (
    r"(?:news|life|world|day|week|sport|\w+day) in (?:pictures|photos)|in (?:pictures|photos)"
    r"|photos? of the (?:day|week|month)|pictures of the (?:day|week|month)|best photos"
    r"|photo (?:gallery|essay)|picture gallery|photos?|pictures|gallery|slideshow"
    r"|bildergalerie|fotostrecke|bilder des tages|en images|diaporama|galería|fotogalería"
    r"|las fotos|fotogallery|galleria fotografica|фотогалерея|фоторепортаж|фотографии дня"
    r"|fotogalerie|obrazem|galeria zdjęć|foto galeri|chùm ảnh|组图|組圖|图集|圖集"
    r"|高清|写真特集|写真集|화보|포토뉴스"
)
# What stands in the paper every day and is news of nothing: stars, puzzles, bargains, the forecast,
# draws, programmes, letters and anniversaries. Those of two outlets are as like as two copies.
_REGULAR = (
    r"(?:(?:your|daily|weekly|monthly|love|today['’]s|free) ){0,2}horoscopes?"
    r"|tageshoroskop|horoskop|horóscopos?(?: de hoy)?|horoscope du jour|oroscopo(?: di oggi)?"
    r"|(?:tarot|tarot card) readings?|гороскоп(?: на (?:сегодня|завтра|неделю))?|\w*运势|\w*運勢"
    r"|今日の(?:運勢|占い)|(?:오늘의 |띠별 )?운세|الأبراج|حظك اليوم|tử vi(?: hôm nay)?"
    r"|ramalan (?:bintang|zodiak)"
    r"|(?:(?:quick|cryptic|daily|mini|sunday|today['’]s) )?(?:crosswords?|sudoku|word ?search)"
    r"(?: (?:no\.? ?)?[\d,]+)?"
    r"|(?:crossword|sudoku|puzzle|quiz) (?:no\.? ?)?[\d,]+|quiz of the (?:day|week)"
    r"|kreuzworträtsel|mots croisés|crucigrama|cruciverba|кроссворд|填字游戏|数独|낱말 ?퀴즈"
    r"|(?:today['’]s |the )?best (?:[\w’'&-]+ ){0,4}(?:deals|offers|discounts|bargains|coupons)"
    r"|(?:daily|today['’]s|early|top|amazon|prime day|black friday|cyber monday) deals?"
    r"|deals? of the (?:day|week)|(?:promo|coupon|discount|voucher) codes?|gutscheine?|bons plans?"
    r"|(?:the |local |today['’]s |\w+day['’]?s? |weekend |daily )?"
    r"weather(?: forecast| report| outlook)"
    r"|weather (?:today|tomorrow|for \w+day)|(?:das )?wetter(?:bericht|vorhersage|aussichten)"
    r"|météo (?:du|de) \w+|(?:el )?tiempo (?:de )?hoy|previsión del tiempo"
    r"|previsioni (?:del tempo|meteo)"
    r"|прогноз погоды|天气预报|天氣預報|天气早知道|天気予報|今日の天気|(?:오늘의 )?날씨"
    r"|النشرة الجوية"
    r"|حالة الطقس|dự báo thời tiết|ramalan cuaca|prakiraan cuaca"
    r"|(?:winning )?(?:lottery|lotto|powerball|mega millions|euromillions)"
    r" (?:results?|numbers?|draw)"
    r"|lottozahlen|résultats? du loto|resultados de la lotería|彩票开奖|로또 당첨번호"
    r"|(?:what['’]s on )?tv (?:tonight|guide|listings|picks)|tv-tipps?|programme télé"
    r"|letters to the editor|readers['’] letters|leserbriefe?|courrier des lecteurs"
    r"|cartas al director|読者投稿|读者来信|독자 ?투고"
    r"|on this day|this day in history|today in history|un día como hoy|истори[яи] дня"
    r"|历史上的今天|歷史上的今天|오늘의 역사|(?:editorial|political) cartoons?|karikatur|만평"
    # What was broadcast or published before, and stands there again.
    r"|节目重温|節目重溫|节目回放|節目重播|重播|見逃し配信|再放送|다시 ?(?:보기|듣기)"
    r"|(?:listen|watch) again|full episode|rediffusion|en replay|wiederholung"
    r"|\S{0,8}(?:播客|ポッドキャスト)(?:（\w{1,8}）)?"
    # What is on in a place, by its dates.
    r"|(?:[\w.’'&]+ ){1,5}calendar, \w{3,9}\.? \d{1,2}(?:[-–]\d{1,2})?"
    r"|(?:our |the |your )?(?:\w+ )?newsletter sign-?up|sign up for our (?:\w+ )?newsletters?"
)
_GAME = (
    r"(?:today['’]s )?(?:nyt |new york times )?(?:mini )?(?:wordle|quordle|octordle|connections"
    r"|strands|spelling bee)(?: #?[\d,]+)?(?: today)?[\s,:'’-]*"
    r"(?:hints?|answers?|clues?|solution)\b"
)
# A show's numbered instalment tells of what its makers talk of, and the next one of something else.
_INSTALMENT = (
    r"(?:[\w.’'&]+ ){0,3}(?:\w*(?<!fore)(?<!broad)(?<!com)cast|minisode|episode|épisode|episodio"
    r"|episódio|folge|выпуск)(?: \w+){0,2} (?:#|no\.? ?|nr\.? ?)?\d{1,4}[a-z]?(?=\s*[:：|–—-]|\s*$)"
)
_REGULARLY = re.compile(
    rf"^\W{{0,3}}(?:{_GAME}|{_INSTALMENT}|(?:{_REGULAR})(?:\s*[:：|丨｜–—]|\s+[-–—]\s|\s*[{CLOSING}]"
    # The whole title, with a day, a place or the outlet's name at most.
    r"|(?:[\s,(]+(?:today|tomorrow|tonight|heute|hoy|\w{3,9}day|[\w.]{3,9} \d{1,2}|[\d./-]+"
    r"|\d{4}|\d{1,2} \w{3,9})[,)]?){0,4}\W*$"
    r"|\s+(?:for|vom|für|pour|para|на)\s.{2,40}$))"
    rf"|[|–—:]\s*(?:{_REGULAR})\W*$",
    re.IGNORECASE,
)
_OPENS = re.compile(
    rf"^\W{{0,3}}(?:(?:live|{_TICKER}|{_COLLECTION}|{_GALLERY})\s*[:：|丨｜–—]"
    rf"|(?:{_TICKER}|{_COLLECTION}|{_GALLERY})\s+[-–—]\s"
    rf"|(?:live|{_TICKER}|{_COLLECTION}|{_GALLERY})\s*[{CLOSING}]"
    # The whole title, with a date or the outlet's name at most.
    rf"|(?:{_TICKER}|{_COLLECTION}|{_GALLERY})(?:[\s,(]*(?:\w{{3,9}}[\s.,]*)?"
    rf"\d[\d\s./,年月日:-]*(?:\w{{3,9}}\s*\d{{0,4}})?\)?|\s+(?:for|on|of) .{{3,24}})?\W*$)",
    re.IGNORECASE,
)
_WITHIN = re.compile(
    r"\b(?:live updates?|live ?blog|live ?ticker|newsticker)\s*[:|–—-]"
    rf"|[|–—:-]\s*(?:{_TICKER}|{_COLLECTION}|as it happened|in (?:pictures|photos)"
    rf"|(?:photo|picture) (?:gallery|essay)|bildergalerie|en images|фотогалерея)\W*$"
    rf"|[:|–—-]\s*as it happened\b"
    r"|[(\[](?:live ?blog|live ?ticker|liveticker|live updates?|gallery|photo gallery)[)\]]\s*$",
    re.IGNORECASE,
)


_RUBRIC = re.compile(r"^\s*[\[【][^\[\]【】]{1,24}[\]】]|[\[【][^\[\]【】]{1,24}[\]】]\s*$")
_LEAST_TITLE = 8


def without_rubric(title: str) -> str:
    """``title`` without what stands in brackets before and after it: a column's name, the kind of
    report. It says nothing of the event, and two strangers have it in common.
    """
    bare = _RUBRIC.sub(" ", title[:_LOOKED_AT]).strip() + title[_LOOKED_AT:]
    return bare if len(bare) >= _LEAST_TITLE else title


def is_collection(title: str) -> bool:
    """Whether ``title`` is of a live ticker, a round-up, a gallery or what stands there every day.

    Such a page tells of many events, of one for hours, or of none: a horoscope, a crossword, the
    day's bargains, tomorrow's weather. Its words are like everybody's.
    """
    line = without_label(" ".join(title[:_LOOKED_AT].split()))
    return any(each.search(line) for each in (_OPENS, _WITHIN, _REGULARLY))


def is_correction(title: str) -> bool:
    """Whether ``title`` is labelled as correcting what was reported."""
    return bool(_CORRECTIONS.search(title[:_LOOKED_AT].strip()))


def is_update(title: str) -> bool:
    """Whether ``title`` is labelled as a further or a fuller report of what is known."""
    return bool(_UPDATES.search(title[:_LOOKED_AT].strip()))


def is_opinion(title: str) -> bool:
    """Whether ``title`` is labelled as somebody's view, or as background, rather than as news."""
    return bool(_OPINIONS.search(title[:_LOOKED_AT].strip()))
