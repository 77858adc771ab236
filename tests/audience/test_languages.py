"""Languages that readers read: from tags of every kind, and changed by a wish alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.audience.core import languages
from digest.audience.joining.subscribe import SignUp, subscribe
from digest.audience.preferring.reading_languages import languages_of, set_languages
from digest.models import Address, Subscriber
from tests.audience.conftest import NOW


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("zh-TW", "zh-Hant"), ("zh_Hant_HK", "zh-Hant"),
        ("zh-Hans-HK", "zh-Hans"), ("zh_Hans_TW", "zh-Hans"), ("zh-Hant-CN", "zh-Hant"),
        ("zh", "zh-Hans"), ("zh-SG", "zh-Hans"),
        ("fr-CA", "fr"), ("AR-eg", "ar"), ("en-US", "en"), ("de", "en"), ("", "en"),
    ],
)  # fmt: skip
def test_a_tag_finds_the_language_of_ours_that_it_means(tag: str, said: str) -> None:
    assert languages.spoken(tag) == said


def test_a_browsers_header_is_read_by_its_weights() -> None:
    header = "de;q=0.5, ta-IN, en;q=0.9, *;q=0.1, xx-!!;q=1, fr;q=0, ms;q=oops"
    assert languages.accepted(header) == ("ta-IN", "en", "de")
    assert languages.read(languages.accepted(header)) == ("ta", "en", "de")


@given(st.text(max_size=600))
def test_any_header_gives_tags_and_somebody_always_reads_something(header: str) -> None:
    tags = languages.accepted(header)
    assert all(languages.primary(tag) for tag in tags)
    assert languages.read(tags)


@pytest.mark.django_db
def test_a_reader_changes_what_they_read_and_nothing_else(newsroom) -> None:
    wish = SignUp(
        "email", "ann@example.org", topics=("korea",), locale="ms", languages=("ms", "en")
    )
    signed = subscribe(wish, now=NOW)
    assert languages_of(signed.address_id) == ("ms", ("ms", "en"))
    assert set_languages(signed.address_id, read=("ta", "ms"))
    assert not set_languages(signed.address_id, read=())
    assert not set_languages(signed.address_id, locale="klingon")
    assert set_languages(signed.address_id, locale="zh-Hant")
    assert languages_of(signed.address_id) == ("zh-Hant", ("ta", "ms"))
    assert languages_of(0) == ("en", ("en",))


def test_a_reader_of_one_script_reads_that_rather_than_the_language_at_large() -> None:
    assert languages.scripted(("zh", "en"), "zh-TW") == ("zh-Hant", "en")
    assert languages.scripted(("zh", "en"), "en") == ("zh", "en")


@pytest.mark.django_db
def test_who_never_chose_reads_the_language_we_speak_to_them(newsroom) -> None:
    address = newsroom.reader()
    Subscriber.objects.filter(pk=address.subscriber_id).update(locale="fr-CA", languages=[])
    assert Address.objects.get(pk=address.pk).subscriber.reads == ("fr",)
