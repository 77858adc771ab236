"""On their own page readers say about what alerts come, how many, and when none."""

from datetime import time

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from digest.audience.core import tokens
from digest.audience.leaving.erase import erase
from digest.audience.lists import export
from digest.kit.clock import now
from digest.models import Address, AlertRule, Subscription, Topic
from tests.fakes import page_form
from tests.web import newsroom

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def path() -> str:
    newsroom.offer()
    address_id = newsroom.reader(topics=("korea",), newsletters=(), alerts=True)
    return "/preferences/" + tokens.preferences_token(settings.SECRET_KEY, address_id)


def save(client: Client, path: str, **changes: object) -> HttpResponse:
    fields = page_form.fields(client.get(path).content.decode())
    return client.post(path, fields | changes | {"do": "save"})


def test_rules_are_kept_and_shown_again(client, path) -> None:
    topic = Topic.objects.get(slug="korea")
    answer = save(
        client, path, about="topics", alert_topics=[topic.slug], biggest_only="on", most_a_day="3",
        quiet_from="22:00", quiet_until="07:00",
    )  # fmt: skip
    assert answer.status_code == 302
    rule = AlertRule.objects.get()
    assert (rule.topic_ids, rule.biggest_only, rule.most_a_day) == ([topic.pk], True, 3)
    assert (rule.quiet_from, rule.quiet_until) == (time(22), time(7))
    shown = page_form.fields(client.get(path).content.decode())
    assert (shown["about"], shown["most_a_day"]) == (["topics"], ["3"])
    assert (shown["quiet_from"], shown["quiet_until"]) == (["22:00"], ["07:00"])


def test_saving_something_else_leaves_them_alone(client, path) -> None:
    save(client, path, most_a_day="3", quiet_from="22:00", quiet_until="07:00")
    before = AlertRule.objects.values().get()
    save(client, path, hour="09:00")
    save(client, path, pause="7")
    assert AlertRule.objects.values().get() == before
    assert client.post(path, {"do": "save"}).status_code == 302
    assert AlertRule.objects.values().get() == before


def test_an_older_page_takes_back_nothing(client, path) -> None:
    old = page_form.fields(client.get(path).content.decode())
    save(client, path, most_a_day="3")
    client.post(path, old | {"hour": "09:00", "do": "save"})
    assert AlertRule.objects.get().most_a_day == 3


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"about": "topics"}, "Choose at least one topic"),
        ({"quiet_from": "22:00"}, "both a beginning and an end"),
        ({"quiet_until": "07:00"}, "both a beginning and an end"),
        ({"quiet_from": "07:00", "quiet_until": "07:00"}, "cannot end when they begin"),
    ],
)
def test_what_cannot_be_meant_is_said_and_stays_typed(client, path, typed, words) -> None:
    answer = save(client, path, most_a_day="5", hour="09:00", **typed)
    page = answer.content.decode()
    assert answer.status_code == 422 and words in page
    shown = page_form.fields(page)
    assert shown["most_a_day"] == ["5"] and shown["hour"] == ["09:00"]
    assert not AlertRule.objects.exists()
    # What is put right goes through from that very page.
    mended = shown | {"about": "all", "quiet_from": "22:00", "quiet_until": "07:00", "do": "save"}
    assert client.post(path, mended).status_code == 302
    assert AlertRule.objects.get().most_a_day == 5


@pytest.mark.parametrize(
    "odd",
    [
        {"most_a_day": "0"}, {"most_a_day": "99999999999"}, {"alert_topics": ["9" * 30]},
        {"alert_topics": ["-1"]}, {"about": "\x00"}, {"quiet_from": "25:00", "quiet_until": "x"},
    ],
)  # fmt: skip
def test_what_the_page_does_not_offer_is_not_taken(client, path, odd) -> None:
    assert save(client, path, **odd).status_code in (302, 400, 422)
    assert not AlertRule.objects.exclude(most_a_day=None, topic_ids=[], quiet_from=None).exists()


def test_who_gets_no_alerts_is_not_asked(client, path) -> None:
    fields = page_form.fields(client.get(path).content.decode())
    fields.pop("alerts")
    client.post(path, fields | {"do": "save"})
    assert "Breaking news, your way" not in client.get(path).content.decode()


def test_leaving_alerts_on_the_very_page_that_sets_rules_is_no_error(client, path) -> None:
    fields = page_form.fields(client.get(path).content.decode())
    fields.pop("alerts")
    assert client.post(path, fields | {"most_a_day": "3", "do": "save"}).status_code == 302
    assert not Subscription.objects.filter(alerts=True, state="active").exists()


def test_rules_are_in_the_readers_own_copy(client, path) -> None:
    save(client, path, most_a_day="3", quiet_from="22:00", quiet_until="07:00")
    found = export.person(Address.objects.get().pk)
    assert found is not None
    (alerts,) = [each for each in found["addresses"][0]["subscriptions"] if each["rules"]]
    assert alerts["rules"]["most_a_day"] == 3 and alerts["rules"]["quiet_from"] == "22:00"


def test_erasing_takes_them_too(client, path) -> None:
    save(client, path, most_a_day="3")
    erase(Address.objects.get().pk, now=now())
    assert not AlertRule.objects.exists() and not Address.objects.exists()
