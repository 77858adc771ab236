"""What readers write or tap on WhatsApp is done: STOP in any language, START, a topic by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.audience.kinds import OnOffer
from digest.outbound.channels.report import Kind
from digest.outbound.channels.whatsapp.address import spellings
from digest.outbound.channels.whatsapp.inbound import InboundWish, asked, said

KOREA = OnOffer("topics", "korea", "Korean peninsula relations")
MORNING = OnOffer("newsletters", "morning", "Morning briefing")
OFFER = (KOREA, MORNING, OnOffer("alerts", "on", "Breaking news"))


@pytest.mark.parametrize(
    "words",
    [
        "STOP", "stop", " Stop! ", "Stop.", "stop please", "STOP ALL", "unsubscribe", "Baja",
        "darme de baja", "ARRÊT", "arret", "Berhenti", "நிறுத்து", "그만", "수신거부", "退订",
        "退订。", "停止！", "ＳＴＯＰ", "取消订阅", "取消訂閱", "수신 거부", "그만~",
        "\u200eتوقف", "\u200fتوقف،",
        "إلغاء الاشتراك", "¡Baja!", "“STOP”", "*stop*", "arre\u0302t", "stop \U0001f6d1",
        "நிறுத்துங்கள்!",
        "停止", "退訂", "توقف", "stopp", "stop sending me this", "please stop", "Stop bitte",
        "ＳＴＯＰ！！", "𝗦𝗧𝗢𝗣", "désabonner", "ايقاف",
    ],
)  # fmt: skip
def test_a_word_that_stops_stops_everything(words: str) -> None:
    assert asked(words, OFFER) == InboundWish(Kind.STOPPED)


@pytest.mark.parametrize(
    "words",
    [
        "", "hello", "Please stop the war in the strait, and report more of it",
        "I cannot stop reading your briefing, thank you", "start the presses", "🙂", "…", "nonstop",
        "stop the presses, said nobody of us ever again",
    ],
)  # fmt: skip
def test_a_letter_to_the_newsroom_asks_for_nothing(words: str) -> None:
    assert asked(words, OFFER) is None


@pytest.mark.parametrize(
    "words",
    [
        "STOP korea",
        "stop Korean peninsula relations",
        "Baja korea",
        "STOP: “korea”",
        "停止 ｋｏｒｅａ。",
        "stop korea please",
    ],
)
def test_stop_and_a_name_ends_that_alone(words: str) -> None:
    assert asked(words, OFFER) == InboundWish(Kind.DROPPED, ("topics:korea",))


@pytest.mark.parametrize(
    ("words", "wants", "language"),
    [
        ("START", ("alerts:on",), "en"),
        ("start korea", ("topics:korea",), "en"),
        ("Subscribe Morning briefing", ("newsletters:morning",), "en"),
        ("ALTA korea", ("topics:korea",), "es"),
        ("구독", ("alerts:on",), "ko"),
        ("訂閱 korea", ("topics:korea",), "zh-Hant"),
        ("اشترك", ("alerts:on",), "ar"),
    ],
)
def test_start_joins_what_is_named_or_the_alerts(
    words: str, wants: tuple[str, ...], language: str
) -> None:
    assert asked(words, OFFER) == InboundWish(Kind.JOINED, wants, language)


@pytest.mark.parametrize("words", ["STOP U.S. trade, tariffs", "stop “us-trade”."])
def test_a_name_with_marks_is_found_as_it_is_written(words: str) -> None:
    offer = (*OFFER, OnOffer("topics", "us-trade", "U.S. trade, tariffs"))
    assert asked(words, offer) == InboundWish(Kind.DROPPED, ("topics:us-trade",))


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"type": "text", "text": {"body": "STOP"}}, "STOP"),
        ({"type": "button", "button": {"payload": "STOP", "text": "Stop"}}, "STOP"),
        ({"type": "button", "button": {"payload": "x-17", "text": "STOP"}}, "STOP"),
        (
            {"type": "interactive", "interactive": {"button_reply": {"id": "7", "title": "Stop"}}},
            "Stop",
        ),
        (
            {"type": "interactive", "interactive": {"list_reply": {"id": "start korea"}}},
            "start korea",
        ),
        ({"type": "image", "image": {"id": "1"}}, ""),
        ({"text": "STOP", "button": ["STOP"], "interactive": None}, ""),
    ],
)
def test_words_are_read_from_text_and_buttons(message: dict[str, object], words: str) -> None:
    assert said(message) == words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+5215512345678", "+525512345678"),
        ("+5491123456789", "+541123456789"),
        ("+5511987654321", "+551187654321"),
    ],
)
def test_the_two_forms_of_a_number_know_each_other(one: str, other: str) -> None:
    assert spellings(one) == (other,) and spellings(other) == (one,)


@pytest.mark.parametrize("number", ["+6591234567", "+551133334444", "+12025550123", "", "reader"])
def test_other_numbers_have_one_form(number: str) -> None:
    assert spellings(number) == ()


@given(st.text(max_size=80))
def test_no_words_are_an_error(words: str) -> None:
    found = asked(words, OFFER)
    assert found is None or found.kind in {Kind.STOPPED, Kind.JOINED, Kind.DROPPED}


PENINSULA = OnOffer(
    "topics",
    "korean-peninsula-relations",
    "Korean peninsula relations",
    (
        ("zh", "朝韩关系"),
        ("zh-Hant", "朝韓關係"),
        ("ms", "Hubungan Semenanjung Korea"),
        ("ta", "கொரியத் தீபகற்ப உறவுகள்"),
        ("ko", "한반도 관계"),
        ("ar", "علاقات شبه الجزيرة الكورية"),
        ("es", "Relaciones en la península coreana"),
        ("fr", "Relations dans la péninsule coréenne"),
    ),
)
WAR = OnOffer("topics", "war-and-peace", "War and peace")
BANKS = OnOffer("topics", "economy-and-central-banks", "Economy and central banks")
TALKS = OnOffer("topics", "peace-talks", "Peace talks")
SAMPLE = (OnOffer("alerts", "on", "Breaking news"), MORNING, PENINSULA, WAR, BANKS, TALKS)


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("START korea", "en"), ("start Korea!", "en"), ("Ｓｔａｒｔ　ｋｏｒｅａ", "en"),
        ("START korea 🇰🇷", "en"), ("/start korea", "en"), ("start #korea", "en"),
        ("Start korean", "en"), ("please subscribe to Korean peninsula", "en"),
        ("start korean-peninsula-relations", "en"), ("korea start", "en"),
        ("ALTA Corea", "es"), ("alta península", "es"), ("ALTA PENINSULA COREANA", "es"),
        ("Abonner péninsule coréenne", "fr"), ("m’abonner à coreenne", "fr"),
        ("abonnieren Korea", "de"), ("Starten Korea bitte", "de"), ("anmelden korea", "de"),
        ("assinar korea", "pt"), ("começar korea", "pt"), ("comecar Korea.", "pt"),
        ("mula Korea", "ms"), ("langgan semenanjung korea", "ms"),
        ("தொடங்கு கொரியா", "ta"), ("ஆரம்பி கொரியத் தீபகற்ப", "ta"),
        ("구독 한반도", "ko"), ("한반도 관계 구독", "ko"), ("한반도 구독 신청", "ko"),
        ("구독한반도", "ko"),
        ("订阅朝韩关系", "zh-Hans"), ("开始 朝韩", "zh-Hans"), ("訂閱朝韓", "zh-Hant"),
        ("اشترك الكورية", "ar"), ("ابدأ كوريا", "ar"), ("إبدأ كورية", "ar"),
    ],
)  # fmt: skip
def test_a_word_of_a_topics_name_in_any_language_begins_it(words: str, language: str) -> None:
    wants = ("topics:korean-peninsula-relations",)
    assert asked(words, SAMPLE) == InboundWish(Kind.JOINED, wants, language)


@pytest.mark.parametrize(
    "words",
    ["start peace", "start ko", "start narnia", "alta 🙂 x", "订阅 关"],
)
def test_what_is_nobodys_name_or_several_things_begins_nothing(words: str) -> None:
    assert asked(words, SAMPLE) is None


def test_the_closest_name_counts() -> None:
    assert asked("start peace talks", SAMPLE) == InboundWish(
        Kind.JOINED, ("topics:peace-talks",), "en"
    )
    assert asked("start war", SAMPLE) == InboundWish(Kind.JOINED, ("topics:war-and-peace",), "en")


@pytest.mark.parametrize(
    "words",
    ["STOP korea", "stop Korean peninsula", "중지 한반도", "退订朝韩关系", "한반도 관계 그만"],
)
def test_who_began_by_a_word_ends_by_it(words: str) -> None:
    wants = ("topics:korean-peninsula-relations",)
    assert asked(words, SAMPLE) == InboundWish(Kind.DROPPED, wants)


@pytest.mark.parametrize("words", ["stop news", "stop briefing", "stop narnia"])
def test_who_may_mean_everything_is_not_written_to_any_more(words: str) -> None:
    assert asked(words, SAMPLE) == InboundWish(Kind.STOPPED)


@pytest.mark.parametrize(
    "words",
    ["Starten", "Abonnieren!", "iniciar", "COMEÇAR", "Assinar", "démarrer", "구독하기", "Daftar"],
)
def test_start_is_known_in_every_language(words: str) -> None:
    found = asked(words, SAMPLE)
    assert found is not None and (found.kind, found.wants) == (Kind.JOINED, ("alerts:on",))


@pytest.mark.parametrize(
    "words",
    [
        "I cannot stop", "When does Korea start?", "do not stop korea now", "不要订阅朝韩关系",
        "When will the war in Korea end", "Start of the war, said nobody",
    ],
)  # fmt: skip
def test_a_sentence_around_the_word_is_a_letter(words: str) -> None:
    assert asked(words, SAMPLE) is None
