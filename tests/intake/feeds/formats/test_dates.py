"""Moments in twelve languages and more: each form has its value, or none; none is half-read."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.intake.feeds.formats.dates import read

EARLIEST = datetime(1995, 1, 1)  # noqa: DTZ001 - hypothesis adds the zone
LATEST = datetime(2099, 12, 31)  # noqa: DTZ001
# All of 27 November 2026; hour and minute in UTC.
HALF_PAST_NINE = {
    # RFC 3339, RFC 822 and their misspellings
    "2026-11-27T09:30:00Z": (9, 30), "2026-11-27T09:30:00+09:00": (0, 30),
    "2026-11-27t09:30:00z": (9, 30), "2026-11-27T09:30Z": (9, 30),
    "2026-11-27T09:30:00.123456Z": (9, 30), "2026-11-27T09:30:00+0900": (0, 30),
    "20261127T093000Z": (9, 30), "2026-W48-5T09:30:00Z": (9, 30), "1795771800": (9, 30),
    "1795771800000": (9, 30), "Fri, 27 Nov 2026 09:30:00 GMT": (9, 30),
    "Fri, 27 Nov 2026 09:30:00 -0500": (14, 30), "27 Nov 26 09:30 EST": (14, 30),
    "Fri, 27 Nov 2026 09:30:00 +0900 (KST)": (0, 30), "Fri 27 Nov 2026 09:30": (9, 30),
    "Friday, 27-Nov-26 09:30:00 GMT": None, "Fri Nov 27 09:30:00 EST 2026": (14, 30),
    "Fri, 27 Nov 2026 09:30 -040": (13, 30), "Fri, 27 Nov 2026 09:30 -200": None,
    # A zone after a time
    "2026-11-27 09:30:00 UTC": (9, 30), "2026-11-27 09:30:00 GMT": (9, 30),
    "2026-11-27 09:30:00 KST": (0, 30), "2026-11-27 09:30:00 JST": (0, 30),
    "2026-11-27 09:30:00 EST": (14, 30), "2026-11-27 09:30:00 SGT": (1, 30),
    "2026-11-27 09:30:00 CET": (8, 30), "2026-11-27 09:30 UTC+9": (0, 30),
    "2026-11-27 09:30:00 GMT+09:00": (0, 30), "2026-11-27 09:30:00 Asia/Seoul": (0, 30),
    "2026-11-27 09:30:00 +0530": (4, 0), "2026-11-27 09:30:00 ET": (14, 30),
    "2026-11-27 09:30:00 PST": (17, 30), "2026-11-27 09:30:00 IST": None,
    "2026-11-27 09:30:00 XYZ": None, "2026-11-27 09:30": (9, 30),
    # English
    "Friday, November 27, 2026 9:30 AM EST": (14, 30),
    "Friday, November 27, 2026 9:30 PM": (21, 30),
    "Nov 27, 2026, 9:30 a.m. ET": (14, 30), "November 27th, 2026 at 9:30 PM PST": (5, 30, 28),
    "27th November 2026 9.30pm": (21, 30), "11/27/2026 9:30 AM": (9, 30),
    "27/11/2026 09:30": (9, 30), "Nov. 27, 2026 9 AM": (9, 0), "Sept 27, 2026": "2026-09-27",
    # German, French, Spanish, Italian, Portuguese, Dutch
    "Freitag, 27. November 2026, 09:30 Uhr": (9, 30), "27.11.2026 09:30 MEZ": (8, 30),
    "Fr., 27. Nov. 2026 9.30 Uhr": (9, 30), "vendredi 27 novembre 2026 à 9h30": (9, 30),
    "27 nov. 2026 09 h 30": (9, 30), "viernes, 27 de noviembre de 2026 21:30": (21, 30),
    "27 de nov. de 2026 a las 9:30 p. m.": None, "venerdì 27 novembre 2026 ore 9:30": (9, 30),
    "sexta-feira, 27 de novembro de 2026 às 09h30": (9, 30),
    "vrijdag 27 november 2026 om 09:30 uur": (9, 30),
    # Polish, Russian, Ukrainian, Czech, Turkish, Swedish, Finnish, Greek
    "piątek, 27 listopada 2026, godz. 9:30": (9, 30), "27 ноября 2026 г., 09:30 МСК": (6, 30),
    "пятница, 27 ноября 2026 года в 9:30": (9, 30), "27 листопада 2026 р. 09:30": (9, 30),
    "pátek 27. listopadu 2026 9:30": (9, 30), "27 Kasım 2026 Cuma 09:30": (9, 30),
    "fredag 27 november 2026 kl. 09.30": (9, 30), "27.11.2026 klo 9.30": (9, 30),
    "Παρασκευή, 27 Νοεμβρίου 2026 09:30 μμ": (21, 30),
    # Korean, Japanese, Chinese
    "2026-11-27 오후 9:30": (21, 30), "2026년11월27일(금) 오후 3:05": (15, 5),
    "2026년 11월 27일 오전 9시 30분": (9, 30), "2026. 11. 27. 오후 12:30": (12, 30),
    "2026.11.27 (금) 09:30:15": (9, 30), "2026-11-27 오전 12:05": (0, 5),
    "2026年11月27日 午後9時30分": (21, 30), "2026年11月27日(金) 9:30 JST": (0, 30),
    "令和8年11月27日 午前9時30分": (9, 30), "２０２６年１１月２７日　９：３０": (9, 30),
    "2026年11月27日 星期五 下午3:05": (15, 5), "2026年11月27日上午9点30分": (9, 30),
    # Indonesian, Vietnamese, Thai, Arabic
    "Jumat, 27 November 2026 09:30 WIB": (2, 30), "Thứ Sáu, 27 tháng 11, 2026 09:30": (9, 30),
    "27 พฤศจิกายน 2569 09:30 น.": (9, 30), "27 نوفمبر 2026 09:30 م": (21, 30),
    # Hindi, Hebrew, Taiwan's years; parts of the day
    "शुक्रवार, 27 नवंबर 2026 9:30 AM": (9, 30), "27 בנובמבר 2026 09:30": (9, 30),
    "民國115年11月27日 下午3:05": (15, 5), "2026年11月27日 中午12:30": (12, 30),
    "2026-11-27 낮 1:05": (13, 5), "2026년 11월 27일 밤 9시 30분": (21, 30),
    "2026년 11월 27일 새벽 3시": (3, 0), "2026年11月27日 朝7時30分": (7, 30),
    "2026年11月27日 夜8時": (20, 0), "2026-11-27 낮 11:05": None, "2026년 11월 27일 밤 12시": None,
    "2026年11月27日 晚上12:00": None,
    # Leap seconds, midnight as the last hour, browsers, figures alone
    "Fri, 27 Nov 2026 21:30:60 GMT": (21, 30), "Fri, 27 Nov 2026 24:00:00 GMT": (0, 0, 28),
    "Fri Nov 27 2026 09:30:00 GMT+0900 (Korean Standard Time)": (0, 30),
    "Fri Nov 27 2026 09:30:00 GMT-0500 (EST)": (14, 30), "20261127093000": (9, 30),
    "Nov 27, 2026 @ 09:30": (9, 30), "Mon, 30 Feb 2026 10:00:00 GMT": None,
    # One of two, or half
    "03/04/2026": None, "03/04/2026 09:30": None, "yesterday at 9:30": None, "27 Nov": None,
    "Updated 27 Nov 2026 09:30": None, "27 Nov 2026 and 28 Nov 2026": None, "2026": "2026-01-01",
    "2026-11-27 25:61": None, "2026-13-45": None, "27 Smarch 2026 09:30": None,
    "2026-11-27 13:30 AM": None, "9:30": None, "": None, "27 Nov 2026 9:30 - 10:30": None,
    "2026-11-27 09:30 UTC JST": None, "2026년 11월 27일 저녁": None,
}  # fmt: skip


def value(told: object) -> datetime | None:
    match told:
        case None:
            return None
        case str():
            return datetime.fromisoformat(told).replace(tzinfo=UTC)
        case (hour, minute, *day):
            return datetime(2026, 11, day[0] if day else 27, hour, minute, tzinfo=UTC)
    raise AssertionError(told)


@pytest.mark.parametrize("written", HALF_PAST_NINE)
def test_a_moment_is_read_whole_or_not_at_all(written: str) -> None:
    found = read(written)
    assert (found and found.replace(second=0)) == value(HALF_PAST_NINE[written])


@given(st.datetimes(EARLIEST, LATEST), st.integers(-14 * 4, 14 * 4))
def test_offsets_are_taken_off(moment: datetime, quarters: int) -> None:
    east = timedelta(minutes=15 * quarters)
    sign, minutes = "-" if quarters < 0 else "+", abs(15 * quarters)
    moment = moment.replace(microsecond=0)
    for form in ("%Y-%m-%d %H:%M:%S", "%d %B %Y %H:%M:%S", "%Y年%m月%d日 %H:%M:%S"):
        written = f"{moment:{form}} {sign}{minutes // 60:02}:{minutes % 60:02}"
        assert read(written) == (moment - east).replace(tzinfo=UTC)


@given(st.text("0123456789:-/. TZ+GMTnov년월일오후時午後", max_size=40))
def test_any_text_is_read_or_not(text: str) -> None:
    found = read(text)
    assert found is None or found.tzinfo is UTC
