"""Each reader gets an alert in a language that they read, or in the newsroom's."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.audience.core.languages import SPOKEN, one_of, primary, read
from digest.kit.clock import now as clock
from digest.models import (
    Alert,
    AlertRule,
    Delivery,
    Message,
    Send,
    Subscriber,
    Subscription,
)
from digest.newsdesk.alerts.core.content import AlertContent
from digest.outbound.delivery.planning import held, plan
from digest.outbound.delivery.planning.fanout import fan_out
from tests.scenes import scene

pytestmark = pytest.mark.django_db(transaction=True)
KOREAN, TAMIL = (
    ("ko", "지진이 동해안을 흔들었다", "피해는 아직 알려지지 않았다."),
    ("ta", "நிலநடுக்கம்", ""),
)


@pytest.fixture(autouse=True)
def channels(settings: Any) -> None:
    settings.DIGEST_CHANNELS = ["email"]


def reader(number: int, locale: str, *reads: str) -> Subscription:
    made = scene.reader(None, f"reader{number}@readers.example", now=clock())
    Subscriber.objects.filter(pk=made.subscriber_id).update(locale=locale, languages=list(reads))
    return made


def issue(*others: tuple[str, str, str]) -> Send:
    revision = scene.alert(now=clock(), others=others)
    (send_id,) = plan.plan_alert(revision.alert_id, 1, now=clock()).send_ids
    fan_out(send_id, now=clock())
    return Send.objects.get(pk=send_id)


def languages(send: Send) -> dict[int, str]:
    """In which language each address gets it."""
    rows = Delivery.objects.filter(send_id=send.pk).values_list("address_id", "message_id")
    tongues = dict(Message.objects.values_list("pk", "language"))
    return {address: tongues[message] for address, message in rows}


def test_each_reads_it_in_the_best_language_that_there_is() -> None:
    wanted = {
        reader(1, "ko"): "ko",
        reader(2, "en", "ta", "ko"): "ta",
        reader(3, "en", "en", "ko"): "en",
        reader(4, "fr", "fr"): "en",
        reader(5, "zh-Hant", "zh"): "en",
        reader(6, "ms", "ko"): "ko",
    }
    told = languages(issue(KOREAN, TAMIL))
    assert told == {each.address_id: language for each, language in wanted.items()}
    words = Message.objects.get(language="ko").words
    assert KOREAN[1] in words["text"] and "Quake" not in words["text"]


def test_without_other_words_nobody_is_asked_what_they_read() -> None:
    each = reader(1, "ko")
    assert languages(issue()) == {each.address_id: "en"}
    assert Message.objects.count() == 1


def test_a_language_that_a_channel_cannot_say_holds_nobody_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from digest.outbound.delivery.planning import wording

    made = wording.render_alert

    def render(content: AlertContent, *rest: Any) -> Any:
        if content.language == "ko":
            raise ValueError("no template in that language")
        return made(content, *rest)

    monkeypatch.setattr(wording, "render_alert", render)
    each = reader(1, "ko")
    send = issue(KOREAN)
    assert (send.state, languages(send)) == ("running", {each.address_id: "en"})


def test_what_quiet_hours_held_is_merged_in_the_language_of_each() -> None:
    readers = [reader(1, "ko"), reader(2, "en")]
    now = clock()
    hours = [(now + timedelta(hours=by)).time().replace(microsecond=0) for by in (-1, 2)]
    for each in readers:
        AlertRule.objects.create(subscription=each, quiet_from=hours[0], quiet_until=hours[1])
    sends = [issue(KOREAN), issue()]
    Delivery.objects.update(next_try_at=clock() + timedelta(minutes=1))
    Send.objects.update(fanned_out_at=clock() - timedelta(hours=2))
    assert held.merge_held(now=clock()).readers == 2
    rows = Delivery.objects.filter(send_id=sends[1].pk)
    said = {
        row.address_id: Message.objects.get(pk=row.message_id).words["text"] for row in rows
    }  # fmt: skip
    assert KOREAN[1] in said[readers[0].address_id]
    assert KOREAN[1] not in said[readers[1].address_id]
    held.take_out(sends[0], now=clock())
    Send.objects.filter(pk=sends[0].pk).update(state="cancelled")
    held.merge_held(now=clock())
    assert set(languages(sends[1]).values()) == {"en"}


TAGS = st.sampled_from(sorted(SPOKEN))


@given(st.sets(TAGS), st.lists(st.sampled_from(["en", "zh", "ms", "ta", "ko", "de"])), TAGS, TAGS)
def test_the_language_is_one_of_those_there_are_and_read_if_any_is(
    available: set[str], reads: list[str], locale: str, own: str
) -> None:
    tags = {*available, own}
    reading = read(reads or [locale])
    found = one_of(tags, reading, locale, own)
    assert found in tags
    known = {primary(tag) for tag in tags}
    best = next((each for each in reading if each in known), None)
    assert primary(found) == (best or primary(own))
    if {"zh-Hans", "zh-Hant"} <= tags and best == "zh" and primary(locale) == "zh":
        assert found == locale


@given(st.lists(st.tuples(TAGS, st.text(max_size=20), st.text(max_size=20)), max_size=4))
def test_words_in_other_languages_are_stored_and_read_again(
    others: list[tuple[str, str, str]],
) -> None:
    content = AlertContent("a", "first", "Head", "https://a.example/", "en", others=tuple(others))
    assert AlertContent.from_document(content.to_document()) == content
    assert Alert._meta.get_field("others").default is dict
