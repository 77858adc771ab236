"""A credit is known by its form, and what ends summaries without saying anything goes."""

import pytest

from digest.intake.articles.core import clean
from digest.intake.articles.core.byline import names
from digest.intake.articles.core.outlet import plain_name
from digest.intake.feeds.formats.fields import person


@pytest.mark.parametrize(
    "line",
    [
        "Sources: North Korea to free detained US soldier",
        "Source: Trump to meet Kim in Singapore next month",
        "Photos: Kim Jong Un reviews troops in Pyongyang",
        "Image: what a satellite saw over the harbour",
        "Sources: Ferry Operator Near Collapse",
        "Foto: Das ist der neue Kanzler",
        "Quelle: Regierung will Steuern senken",
        "Source : le ministre va démissionner",
        "Fuente: el presidente viajará a Seúl",
        "사진: 김정은 평양 열병식에서 연설하는 모습",
        "출처: 정부가 내년 예산을 크게 늘리기로 했다",
        "写真: 平壌で行われた軍事パレードの様子が公開",
        "Source: Kim Jong Un", "Source: China", "Source: The White House", "Photos: Snow in Seoul",
        "来源：金正恩将访华", "图片：北京大雪", "写真：富士山が初冠雪", "사진: 설악산에 첫눈",
        "المصدر: الرئيس سيزور سيول", "Источник: Путин прибыл в Пекин",
        "Credit Suisse: shares tumble",
        "Photo by drone reveals damage", "Foto von Merkel sorgt für Wirbel", "Source - China",
        "Image: 20261127_0930.jpg", "Source: IMG_2041.JPG",
        "Kuva: Presidentti saapui Helsinkiin", "Fotoğraf: Ankara'da kar yağışı başladı",
        "Ảnh: Tổng thống thăm Seoul hôm nay", "ภาพ: นายกรัฐมนตรีเยือนโซล", "圖：北京大雪",
        "फोटो: प्रधानमंत्री सियोल पहुंचे", "صورة: الرئيس يزور سيول", "Fot. nowy most nad Wisłą gotowy",
        "Πηγή: Ο υπουργός παραιτείται", "Zdroj: žáci české školy", "Źródło: Łódź ściąga turystów",
        "Φωτογραφία: Ο πρωθυπουργός στη Σεούλ", "図: 首相が国会で演説",
    ],
)  # fmt: skip
def test_a_headline_with_a_colon_is_no_credit(line: str) -> None:
    found = clean.clean(f"<p>{line}</p><p>More of it.</p>")
    assert found == clean.Cleaned(f"{line}\nMore of it.")
    assert clean.clean(line).text == line


@pytest.mark.parametrize(
    ("line", "agency", "photo"),
    [
        ("Sources: Reuters, AFP", "Reuters, AFP", ""), ("Source: Harbour Wire", "Harbour Wire", ""),
        ("Photos: Jo Kim / Getty Images", "", "Jo Kim / Getty Images"),
        ("Photo: Jo van der Berg", "", "Jo van der Berg"), ("사진: 연합뉴스", "", "Yonhap"),
        ("사진=홍길동 기자", "", "홍길동 기자"), ("来源：新华网", "新华网", ""),
        ("Foto: picture alliance/dpa", "", "picture alliance/dpa"), ("출처: 뉴시스", "뉴시스", ""),
        ("Source: harbour.example", "harbour.example", ""),
        ("Source - Reuters", "Reuters", ""), ("Photo/Yonhap", "", "Yonhap"), ("© AFP", "", "AFP"),
        ("[사진=뉴시스]", "", "뉴시스"), ("사진 출처: 로이터", "", "Reuters"),
        ("图片来源：视觉中国网", "", "视觉中国网"), ("المصدر: رويترز", "Reuters", ""),
        ("Zdroj: ČTK", "ČTK", ""), ("Sumber: Antara", "Antara", ""), ("स्रोत: पीटीआई", "PTI", ""),
        ("ที่มา: รอยเตอร์", "Reuters", ""), ("Πηγή: ΑΠΕ-ΜΠΕ", "ANA-MPA", ""),
        ("Quelle: ntv.de, ino/dpa", "ntv.de, ino/dpa", ""),
        ("Crédits photo: Jean Dupont", "", "Jean Dupont"),
        ("Photo courtesy of NASA", "", "NASA"),
        ("Kuva: Matti Meikäläinen", "", "Matti Meikäläinen"),
        ("Fot. PAP/Jan Kowalski", "", "PAP/Jan Kowalski"), ("Zdj. Jan Nowak", "", "Jan Nowak"),
        ("Foto door Jan de Vries", "", "Jan de Vries"), ("Fotoğraf: AA", "", "Anadolu"),
        ("Φωτογραφία: ΑΠΕ-ΜΠΕ", "", "ANA-MPA"), ("Ảnh: TTXVN", "", "TTXVN"),
        ("ภาพ: รอยเตอร์", "", "Reuters"), ("फोटो: पीटीआई", "", "PTI"),
        ("صورة: رويترز", "", "Reuters"),
        ("圖：中央社", "", "中央社"),
        ("Source: Al Jazeera and news agencies", "Al Jazeera and news agencies", ""),
    ],
)  # fmt: skip
def test_agencies_and_names_are_credits(line: str, agency: str, photo: str) -> None:
    assert clean.clean(f"<p>Body.</p><p>{line}</p>") == clean.Cleaned("Body.", agency, photo)


def test_an_item_of_one_line_that_may_be_a_headline_keeps_it() -> None:
    assert clean.clean("Source: Kim Jong Un").text == "Source: Kim Jong Un"


@pytest.mark.parametrize("name", ["ferry.jpg", "IMG_2041", "photo_1.png", "20261127-1"])
def test_a_file_name_is_nobodys_name(name: str) -> None:
    assert clean.credit(name) == ""


@pytest.mark.parametrize(
    ("summary", "wanted"),
    [
        ("The ferry sails … Continue reading Ferry sails again →", "The ferry sails…"),
        ("The ferry sails. Read more", "The ferry sails."),
        ("The ferry sails. Read more…", "The ferry sails."),
        ("The ferry sails […]", "The ferry sails…"), ("The ferry sails [...]", "The ferry sails…"),
        ("The ferry sails [&#8230;]", "The ferry sails…"),
        ("<p>The ferry sails.</p><p>Continue reading &rarr;</p>", "The ferry sails."),
        ("<p>The ferry sails.</p><p>Read more at harbour.example</p>", "The ferry sails."),
        ("Die Fähre fährt. Weiterlesen", "Die Fähre fährt."),
        ("Le ferry part. Lire la suite", "Le ferry part."),
        ("El ferry zarpa. Seguir leyendo", "El ferry zarpa."),
        ("배가 떠난다. 더보기", "배가 떠난다."), ("船が出る。続きを読む", "船が出る。"),
        ("船开了。阅读全文", "船开了。"), ("Паром ушёл. Читать далее", "Паром ушёл."),
        ("The ferry sails... Read the full story »", "The ferry sails…"),
        ("The ferry sails. The post Ferry appeared first on Harbour Post.", "The ferry sails."),
        ("<p>Sie fährt.</p><p>Der Beitrag Fähre erschien zuerst auf Hafenpost.</p>", "Sie fährt."),
        ("<p>Il part.</p><p>L’article Ferry est apparu en premier sur Port.</p>", "Il part."),
        ("<p>Zarpa.</p><p>La entrada Ferry aparece primero en Puerto.</p>", "Zarpa."),
        ("<p>Паром.</p><p>Сообщение Паром появились сначала на Порт.</p>", "Паром."),
        ("船が出る。[詳細]", "船が出る。"), ("船开了。（全文）", "船开了。"),
        ("배가 떠난다. 기사 전문 보기", "배가 떠난다."),
        ("أبحرت العبارة. اقرأ المزيد", "أبحرت العبارة."),
        ("เรือออก. อ่านเพิ่มเติม", "เรือออก."), ("El ferry zarpa. Ver más", "El ferry zarpa."),
        ("It sails. Read the full story here.", "It sails."),
        ("It sails. Read more at harbour.example", "It sails."),
        ("Sie fährt. Artikel lesen", "Sie fährt."),
        ("Zij vaart... Lees het hele artikel", "Zij vaart…"),
        ("Loď pluje. Celý článek", "Loď pluje."), ("Den seglar. Läs hela artikeln", "Den seglar."),
        ("Den seiler. Les hele saken", "Den seiler."), ("Se lähtee. Lue koko juttu", "Se lähtee."),
        ("Prom płynie. Zobacz więcej", "Prom płynie."),
        ("Trajekt plovi. Opširnije", "Trajekt plovi."),
        ("Zarpa. Leer la noticia completa", "Zarpa."), ("Il parte. Leggi l’articolo", "Il parte."),
        ("Φεύγει. Διαβάστε όλο το άρθρο", "Φεύγει."), ("船が出る。詳しくはこちら", "船が出る。"),
        ("배가 떠난다. 기사 더보기", "배가 떠난다."), ("Phà chạy. Xem chi tiết", "Phà chạy."),
        ("जहाज चला। पूरी खबर पढ़ें", "जहाज चला।"), ("کشتی رفت. ادامه مطلب", "کشتی رفت."),
    ],
)  # fmt: skip
def test_an_invitation_to_read_on_is_no_news(summary: str, wanted: str) -> None:
    assert clean.clean(summary).text == wanted


@pytest.mark.parametrize(
    "summary",
    [
        "Read more books, librarians urge", "Continue reading aloud to children, doctors say",
        "Ministers want pupils to read more", "Learn more languages, Brussels says",
        "Critics ask why nobody will read on.", "The headline was cut…",
        "Weiterlesen lohnt sich, sagt die Jury", "Full story of the ferry told at last",
        "Read the full story here is what he asked", "Mehr erfahren wollen die Bürger von Ulm",
        "Lue koko juttu lapselle, neuvoo kirjasto", "Celý článek vyšel včera v novinách",
        "Artikel lesen bald nur noch Abonnenten",
    ],
)  # fmt: skip
def test_news_about_reading_stays(summary: str) -> None:
    assert clean.clean(summary).text == summary
    assert clean.clean(f"<p>It sails.</p><p>{summary}</p>").text.endswith(summary)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("Kim Tong-hyung (AP)", "Kim Tong-hyung (AP)"),
        ("Kim Tong-hyung (AP", "Kim Tong-hyung (AP)"),
        ("jo@harbour.example (Jo Kim)", "Jo Kim"), ("Jo Kim <jo@harbour.example>", "Jo Kim"),
        ("Kim Tong-hyung (Associated Press", "Kim Tong-hyung (Associated Press)"), ("(AFP", "AFP"),
        ("Jo Kim [Reuters", "Jo Kim [Reuters]"), ("Jo Kim （연합뉴스", "Jo Kim （연합뉴스）"),
        ("Jo Kim, Ann Lee (AP", "Jo Kim, Ann Lee (AP)"), ("AFP)", "AFP"),
        ("Jo Kim (jo@x.example", "Jo Kim"),
        ("(Jo Kim)", "Jo Kim"), ("Jo Kim ()", "Jo Kim"), ("Jo Kim)", "Jo Kim"), ("", ""),
        ("Ann Lee (Reuters) (jo@x.example)", "Ann Lee (Reuters)"),
    ],
)  # fmt: skip
def test_a_names_brackets_stay_in_pairs(given: str, wanted: str) -> None:
    assert person(given) == wanted


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("By Jo Kim, Seoul Bureau Chief", "Jo Kim"), ("by Jo Kim", "Jo Kim"), ("Jo Kim", "Jo Kim"),
        ("Jo Kim, Political Correspondent, and Ann Lee, Reporter", "Jo Kim, Ann Lee"),
        ("Von Jo Kim, Korrespondentin", "Jo Kim"), ("Par Jo Kim, journaliste", "Jo Kim"),
        ("홍길동 기자", "홍길동"), ("Staff Writer", "Staff Writer"),
        ("Jo Kim, Ann Lee", "Jo Kim, Ann Lee"),
        ("By Jo Kim in Seoul", "Jo Kim"), ("Jo Kim, in Seoul", "Jo Kim"),
        ("Jo Kim, Special to The Post", "Jo Kim"), ("Jo Kim, Head of News", "Jo Kim"),
        ("Reporting by Jo Kim; Editing by Ann Lee", "Jo Kim"), ("Di Stefano", "Di Stefano"),
        ("Von der Leyen", "Von der Leyen"), ("Da Silva", "Da Silva"), ("Di Jo Kim", "Jo Kim"),
        ("(서울=연합뉴스) 홍길동 기자", "홍길동"), ("記者 王小明", "王小明"),
        ("王小明 記者", "王小明"),
        ("Jo Kim | Senior Editor", "Jo Kim"), ("Byron Kim", "Byron Kim"),
    ],
)  # fmt: skip
def test_a_byline_names_people_without_their_posts(line: str, wanted: str) -> None:
    assert names(line) == wanted


@pytest.mark.parametrize(
    "title",
    [
        "Top Stories", "Asia", "World News RSS Feed", "Latest | Sports", "Asia Pacific",
        "North Korea", "Middle East", "Most Read", "Opinion", "Untitled", "Schlagzeilen",
        "À la une", "Portada", "Últimas noticias", "Главные новости", "정치", "최신기사",
        "국제 뉴스", "国際", "主要ニュース", "首页", "国际新闻", "أخبار العالم",
        "South Korea News",
    ],
)  # fmt: skip
def test_an_outlet_is_not_called_after_a_section(title: str) -> None:
    assert plain_name(title, "https://www.harbourpost.example/asia") == "harbourpost.example"
    assert plain_name(f"Harbour Post - {title}", "https://www.x.example/") == "Harbour Post"


@pytest.mark.parametrize(
    ("title", "site"),
    [
        ("Taiwan News", "https://www.taiwannews.example/"), ("Le Monde", "https://lemonde.example"),
        ("The Korea Times", ""), ("Die Welt", ""), ("Globe and Mail", ""), ("한겨레", ""),
        ("Japan Today", ""), ("China Daily", "https://www.chinadaily.example"), ("Asia Times", ""),
    ],
)  # fmt: skip
def test_an_outlet_that_has_a_sections_words_for_a_name_keeps_it(title: str, site: str) -> None:
    assert plain_name(title, site) == title


def test_an_outlet_is_who_the_latest_stories_are_from() -> None:
    for title in ("Latest stories from Harbour Post", "News from Harbour Post"):
        assert plain_name(title, "") == "Harbour Post"
