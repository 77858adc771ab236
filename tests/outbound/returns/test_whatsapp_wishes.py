"""A reader's own word on WhatsApp, in whichever form Meta writes their number."""

import pytest

from digest.kit.clock import now
from digest.models import Address, Consent, ProviderEvent, Subscription, Topic
from digest.outbound.returns.take import take_events
from tests.web import desk_day

pytestmark = pytest.mark.django_db


def written(words: str, number: str) -> None:
    message = {
        "id": f"wamid.{ProviderEvent.objects.count()}", "from": number, "type": "text",
        "timestamp": str(int(now().timestamp())), "text": {"body": words},
    }  # fmt: skip
    ProviderEvent.objects.create(
        provider="whatsapp",
        event_id=str(message["id"]),
        body={"kind": "message", "message": message},
        received_at=now(),
    )
    take_events(now=now())


@pytest.mark.parametrize(
    ("known", "named"),
    [
        ("+6591234567", "6591234567"),
        ("+525512345678", "5215512345678"),
        ("+5491123456789", "5491123456789"),
        ("+541123456789", "5491123456789"),
        ("+5511987654321", "551187654321"),
    ],
)
def test_stop_reaches_the_reader_in_either_form(known: str, named: str) -> None:
    desk_day.reader(known, now(), alerts=True)
    written("Baja", named)
    assert Subscription.objects.get().state == "ended"


def test_start_is_consent_and_joins_once() -> None:
    Topic.objects.create(slug="korea", name="Korean peninsula relations", query="korea")
    for _ in range(2):
        written("START korea", "6591234567")
    subscription = Subscription.objects.get()
    assert (subscription.name, subscription.state) == ("Korean peninsula relations", "active")
    address = Address.objects.get()
    assert (address.value, address.verified_by) == ("+6591234567", "inbound")
    assert address.window_ends_at is not None and address.window_ends_at > now()
    assert Consent.objects.get().text == "START korea"


def test_start_from_another_form_makes_no_second_reader() -> None:
    desk_day.reader("+525512345678", now(), alerts=True)
    written("STOP", "5215512345678")
    written("START", "5215512345678")
    assert Address.objects.count() == 1
    assert sorted(Subscription.objects.values_list("state", flat=True)) == ["active", "ended"]


def test_stop_and_a_topic_ends_that_alone() -> None:
    Topic.objects.create(slug="korea", name="Korean peninsula relations", query="korea")
    written("START korea", "6591234567")
    written("START", "6591234567")
    written("STOP korea", "6591234567")
    active = Subscription.objects.get(state="active")
    assert active.alerts
