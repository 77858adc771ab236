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
        "停止", "退訂", "توقف", "stopp", "stop sending me this", "stop korea please",
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
