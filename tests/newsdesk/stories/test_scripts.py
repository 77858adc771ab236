"""Traditional and simplified Chinese are told apart, and a reader of one gets it where it is."""

import pytest

from digest.newsdesk.stories.coverage import coverage
from digest.newsdesk.stories.languages.scripts import script_of, wanted_script
from tests.newsdesk.desk import ALL_SAVED, NOW, hours, report, story


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("颱風「阿努嶺」通過沖繩 九萬戶停電", "Hant"),
        ("台风“阿努岭”逼近冲绳 东海北部将有大浪", "Hans"),
        ("颱風警報發布，航班取消", "Hant"),
        ("后台", ""),
        ("태풍", ""),
        ("", ""),
    ],
)
def test_a_text_says_in_which_characters_it_is_written(text: str, script: str) -> None:
    assert script_of(text) == script


def test_a_tag_may_ask_for_a_script() -> None:
    assert [wanted_script(tag) for tag in ("zh-Hant", "zh_Hant_TW", "zh", "zh-TW", "fr-CA")] == [
        "Hant", "Hant", "", "", "",
    ]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("reads", "said"),
    [
        ("zh-Hant", "颱風通過沖繩 九萬戶停電"),
        ("zh-Hans", "台风逼近冲绳 东海将有大浪"),
        ("zh", "台风逼近冲绳 东海将有大浪"),
    ],
)
def test_a_reader_of_one_script_is_told_in_it_where_a_report_is(reads: str, said: str) -> None:
    told = story("Typhoon nears Okinawa", ["A"])
    report(told, "B", NOW - hours(1), title="颱風通過沖繩 九萬戶停電", language="zh")
    report(told, "C", NOW, title="台风逼近冲绳 东海将有大浪", language="zh", text=ALL_SAVED)
    assert coverage([told.pk], languages=[reads])[told.pk].headline == said


@pytest.mark.django_db
def test_where_no_report_is_in_the_script_the_other_is_better_than_none() -> None:
    told = story("台风逼近冲绳", ["A"], language="zh")
    assert coverage([told.pk], languages=["zh-Hant"])[told.pk].headline == "台风逼近冲绳"
