"""What kind of report a title announces."""

import pytest

from digest.newsdesk.stories.text.forms import (
    is_collection,
    is_correction,
    is_opinion,
    is_update,
    without_rubric,
)


@pytest.mark.parametrize(
    "title",
    [
        "Morning Rundown: Storm nears coast, markets slide and a cat votes",
        "Live updates: Storm nears coast",
        "Storm nears coast – as it happened",
        "Senate trial live updates: Defence to conclude as debate rages",
        "LIVE: President addresses the nation",
        "[LIVE] Storm nears coast",
        "News in Pictures - 10 March, 2014",
        "The week in pictures",
        "Business news and markets: as it happened - March 10, 2014",
        "Your Monday Briefing",
        "5 things to know for Tuesday",
        "10 Things You Need To Know Before The Opening Bell",
        "Business Highlights",
        "Entertainment briefs",
        "Monday Afternoon Business Brief",
        "Sector Update: Consumer",
        "EU Week Ahead March 10-14: Bank Resolution, Transparency",
        "Photos: Storm hits the coast",
        "In pictures: Storm hits the coast",
        "Liveticker: Sturm vor der Küste",
        "Der Tag im Überblick",
        "Bildergalerie: Sturm an der Küste",
        "EN DIRECT - La tempête approche",
        "Главное за день",
        "Фоторепортаж: шторм",
        "直播：颱風逼近",
        "【直播】颱風逼近",
        "组图：台风登陆",
        "今日のニュース",
        "[뉴스브리핑] 태풍 접근",
        "Điểm tin sáng 12/3",
        "Trực tiếp: Bão vào bờ",
    ],
)
def test_tickers_round_ups_briefings_and_galleries_are_known(title: str) -> None:
    assert is_collection(title)


@pytest.mark.parametrize(
    "title",
    [
        "Horoscope: What the stars hold for Libra",
        "Daily horoscope for Friday, March 14",
        "Your horoscope today",
        "Tageshoroskop: Widder hat Glück",
        "Horóscopo de hoy: Aries",
        "[오늘의 운세] 3월 14일",
        "今日运势：白羊座",
        "حظك اليوم: برج الحمل",
        "Crossword 1,204",
        "Cryptic crossword No 28,114",
        "Sudoku - Friday",
        "Wordle today: Hints and answer for March 14",
        "NYT Connections hints and answers for #642",
        "Quiz of the week",
        "The best Prime Day laptop deals: Save now",
        "Best early Black Friday TV deals",
        "Deal of the day: Headphones for half",
        "Promo codes for March",
        "Weather forecast for Tuesday",
        "Weekend weather outlook: Rain and sun",
        "Wetterbericht: Regen im Norden",
        "Météo du jour : retour du soleil",
        "Прогноз погоды на 14 марта",
        "【天气预报】明天多云",
        "[날씨] 내일 전국 맑음",
        "Powerball numbers for March 14",
        "Lottozahlen vom Samstag",
        "TV tonight: A detective returns",
        "Letters to the editor",
        "On this day: March 14",
        "历史上的今天：3月14日",
        "What Libra should expect | Horoscope",
        "节目重温：海峡两岸一周",
        "新闻播客（普通话）",
        "“时事一周”播客（粤语）",
        "Nerdcast 113b – Indiana Jones e o Reino",
        "Nerdcast Empreendedor 04 – A Gestão do Negócio",
        "The Harbour Podcast #12: Who owns the quay?",
        "Episode 7: The storm",
        "Folge 12 – Der Hafen",
        "Prince William County wellness calendar, Aug. 16-23",
        "D.C. wellness calendar, Aug. 9-16",
        "【節目重溫】一周國際",
        "再放送：海の仕事",
        "[다시보기] 8시 뉴스",
        "Watch again: The evening bulletin",
        "Full episode: The harbour, part 2",
        "En replay : le débat du soir",
    ],
)
def test_what_stands_in_the_paper_every_day_is_no_news_of_an_event(title: str) -> None:
    assert is_collection(title)


@pytest.mark.parametrize(
    "title",
    [
        "Horoscope writer jailed for fraud",
        "Crossword champion dies at 91",
        "Wordle sold to a newspaper for millions",
        "Connections between the two banks were hidden",
        "Weather service cuts forecasters",
        "Weather kills nine in the north",
        "Trade deals: Ministers sign three in a day",
        "Deals with gangs cost the mayor his post",
        "Best deal we could get, says minister of the treaty",
        "Forecast of growth cut by central bank",
        "Lottery winner found dead",
        "Letters from the front found in an attic",
        "On this day of mourning, thousands march",
        "Cartoonist arrested over drawing",
        "Sudoku murder trial opens",
        "태풍에 날씨 급변",
        "天气变化影响收成",
        "Tiempo de cambios en el gobierno",
        "Forecast 2026: Growth to slow",
        "Comcast 2025 – Profit falls",
        "Podcast host wins 3 awards",
        "Casting vote decides on 12 bridges",
        "New calendar, same old rows in parliament",
        "Calendar of the accused read out in court",
        "Watch again as Riley wins gold, then see her dance",
        "重播权之争告上法院",
        "Wiederholungstäter vor Gericht",
        "다시 보기 힘든 개기일식",
    ],
)
def test_news_that_speaks_of_such_things_is_news(title: str) -> None:
    assert not is_collection(title)


@pytest.mark.parametrize(
    "title",
    [
        "Live music returns to Port Lorn",
        "Live Nation sued over ticket prices",
        "Gallery owner charged with fraud",
        "Photos of the accident led police to driver",
        "Photo gallery closes after forty years",
        "Recall roundup of cattle ends in chaos",
        "Five things to know about the labor pick",
        "Morning sickness drug recalled",
        "Live Election Results",
        "The papers that brought down a president",
        "Police brief reporters on the morning raid",
        "Ben Shapiro stirs controversy by guest writing Politico newsletter",
        "Diretta Ferries sinks",
        "直播平台被罚款",
        "Week in hospital for minister",
        "Tough week ahead for the minister",
        "State brief on abortion reaches the court",
        "Study highlights risks of business travel",
        "",
    ],
)
def test_reports_of_one_event_are_no_collections(title: str) -> None:
    assert not is_collection(title)


def test_corrections_updates_and_opinion_are_known_by_their_labels() -> None:
    assert is_correction("CORRECTION: Ferry had 214 aboard")
    assert is_correction("Ferry had 214 aboard (corrected)")
    assert is_correction("更正：渡轮载有214人")
    assert not is_correction("Correction officers strike")
    assert is_update("UPDATE 3-Ferry burns off Port Lorn")
    assert is_update("[종합2보] 여객선 화재")
    assert not is_update("Update your phone now, says maker")
    assert is_opinion("Opinion: Let ferries burn")
    assert is_opinion("[사설] 여객선")
    assert not is_opinion("Opinion polls put minister ahead")


@pytest.mark.parametrize(
    ("title", "bare"),
    [
        ("[pnews] Trust in the government falls", "Trust in the government falls"),
        ("A tablet for two hundred dollars [Tablets]", "A tablet for two hundred dollars"),
        ("【专题】联合国通过决议谴责发射火箭", "联合国通过决议谴责发射火箭"),
        ("[사진] 태풍에 무너진 항구의 다리", "태풍에 무너진 항구의 다리"),
        ("Minister [of the interior] resigns", "Minister [of the interior] resigns"),
        ("[Video]", "[Video]"),
        ("[New] [Old]", "[New] [Old]"),
        ("", ""),
    ],
)
def test_what_stands_in_brackets_around_a_title_is_no_word_of_it(title: str, bare: str) -> None:
    assert without_rubric(title) == bare
