"""Whatever is stored on a reader is in their download and goes with them; no table is forgotten."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.db.models import Model

from digest.audience.joining.confirm import confirm
from digest.audience.joining.subscribe import FormOrigin, SignUp, subscribe
from digest.audience.leaving.erase import erase
from digest.audience.lists import export
from digest.audience.models.consents import Circumstances
from digest.audience.preferring.own_links import answer_wishes, wish_for_link
from digest.models import (
    Address,
    AddressChange,
    AlertRule,
    Consent,
    FollowedLink,
    JoinRequest,
    Letter,
    LinkWish,
    Mute,
    Newsletter,
    Note,
    Schedule,
    Send,
    Signature,
    Slot,
    Story,
    Subscriber,
    Subscription,
    Suppression,
    Topic,
)
from digest.outbound.channels import registry
from digest.outbound.delivery.figures import own_data
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.plan import plan_missing
from tests.audience.conftest import confirm_link

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
READERS = {"Subscriber", "Address", "Subscription", "Schedule", "Slot"}
SAYS_SO = {
    "address_id", "subscriber_id", "subscription_id", "schedule_id", "slot_id", "fingerprint",
    "value", "mailbox", "ip", "email", "phone", "recipient", "endpoint",
}  # fmt: skip

# Gone when the reader is erased.
GOES = {
    Address, AddressChange, AlertRule, FollowedLink, JoinRequest, Letter, LinkWish, Mute, Note,
    Schedule, Slot, Subscription,
}  # fmt: skip
# Stays, and says nobody any more: the proof of consent and the bar, by keyed hash; an empty person.
RELEASED = {Consent, Subscriber, Suppression}
# The ledger and what was heard: numbers of addresses that lead nowhere once the address is gone.
BY_NUMBER = {"AlertWatch", "Delivery", "Attempt", "SoftBounces", "HardBounce"}
# Of no reader: hashes of articles, what a provider said of a channel, the newsroom's own people.
OF_OTHERS = {"ArticleFingerprint", "ChannelFact", "Member"}


def of_readers() -> dict[str, type[Model]]:
    """Every table with a column that leads to a reader, or is named as if it held one."""
    found = {}
    for model in apps.get_app_config("digest").get_models():
        for field in model._meta.concrete_fields:
            related = field.related_model.__name__ if field.related_model else ""
            if related in READERS or {field.name, field.attname} & SAYS_SO:
                found[model.__name__] = model
    return found


def test_every_table_that_may_hold_a_reader_is_known_here() -> None:
    known = {each.__name__ for each in GOES | RELEASED} | BY_NUMBER | OF_OTHERS
    found = of_readers().keys() | {"Subscriber"}
    assert found == known, "export and erase it, then say here what becomes of it"


@pytest.fixture
def reader(db: None) -> Address:
    """A reader with a row in every table that may hold one."""
    Topic.objects.create(slug="korea", name="Korean peninsula relations", query="korea")
    Newsletter.objects.create(slug="morning", name="Morning briefing")
    wish = SignUp(
        "email",
        "ann@example.org",
        newsletters=("morning",),
        topics=("korea",),
        alerts=True,
        time_zone="Asia/Seoul",
        languages=("ko", "en"),
        at=Circumstances("/subscribe", "192.0.2.7", "Yes, write to me.", "1"),
        origin=FormOrigin("https://outlet.example/article-7", "newsletter"),
    )
    address_id = subscribe(wish, now=NOW).address_id
    assert address_id is not None
    confirm(confirm_link(address_id), now=NOW)
    address = Address.objects.get(pk=address_id)
    AlertRule.objects.create(
        subscription=Subscription.objects.get(alerts=True), most_a_day=3, topic_ids=[]
    )
    story = Story.objects.create(headline="Muted", first_at=NOW, last_at=NOW)
    Mute.objects.create(subscriber=address.subscriber, story=story, at=NOW)
    Slot.objects.create(
        schedule=Schedule.objects.get(),
        local_date=NOW.date(),
        due_at=NOW,
        window_start=NOW - timedelta(days=1),
        window_end=NOW,
        signature=Signature.objects.create(key="k" * 64, topics=[], language="en"),
    )
    Suppression.objects.create(
        fingerprint=bytes(address.fingerprint), channel="email", reason="bounce", at=NOW
    )
    AddressChange.objects.create(
        address=address, channel="email", value="ann@new.example", asked_at=NOW
    )
    FollowedLink.objects.create(
        send_id=1, address=address, story=story.public_id, link="x", at=NOW, by_machine=False
    )
    mailbox = registry.address_kinds()["email"].mailbox(address.value)
    wish_for_link("email", address.value, mailbox, now=NOW)
    return address


def test_a_reader_of_everything_stands_in_every_table(reader: Address) -> None:
    empty = [each.__name__ for each in GOES | RELEASED if not each.objects.exists()]  # type: ignore[attr-defined]
    assert not empty


def test_the_download_holds_it_all(reader: Address) -> None:
    told = export.person(reader.pk)
    assert told is not None
    (address,) = told["addresses"]
    assert address["address"] == "ann@example.org" and told["time_zone"] == "Asia/Seoul"
    assert {each["name"] for each in address["subscriptions"]} == {
        "Breaking news", "Korean peninsula relations", "Morning briefing",
    }  # fmt: skip
    assert [each["rules"]["most_a_day"] for each in address["subscriptions"] if each["rules"]] == [
        3
    ]
    (asked,) = address["sign_ups"]
    assert asked["article"] == "https://outlet.example/article-7" and asked["confirmed_at"]
    assert [each["kind"] for each in address["service_messages"]] == ["confirm"]
    (change,) = address["changes_of_address"]
    assert change["to"] == "ann@new.example" and change["outcome"] == "open"
    assert [each["kind"] for each in address["notes"]] == ["welcome"]
    assert address["digests"][0]["state"] == "open" and address["schedule"]
    assert address["never_written_to_again"] == "bounce"
    assert told["muted"] and told["languages"] == ["ko", "en"]
    assert [each["ip"] for each in told["consents"]] == ["192.0.2.7", None]
    json.dumps(told)


def test_the_download_holds_what_was_sent_and_what_became_of_it(reader: Address) -> None:
    Suppression.objects.all().delete()  # a mailbox that bounced gets no mail at all
    answer_wishes(now=NOW)
    plan_missing(now=NOW, kinds={Send.Kind.SERVICE})
    send = Send.objects.get(kind="service", source_id=Letter.objects.get(kind="link").pk)
    fan_out(send.pk, now=NOW)
    told = own_data.of_person(reader.pk, now=NOW)
    assert told is not None
    said = {each["kind"]: each for each in told["messages"]}
    assert said["service"]["to"] == "ann@example.org"
    assert said["service"]["subject"] and said["service"]["became"]
    assert told["addresses"] and told["consents"]
    (followed,) = told["followed_links"]
    assert followed["story"] == str(Story.objects.get().public_id)
    json.dumps(told)


def test_erasing_leaves_nothing_that_leads_to_them(reader: Address) -> None:
    person = reader.subscriber_id
    erase(reader.pk, now=NOW)
    left = [each.__name__ for each in GOES if each.objects.exists()]  # type: ignore[attr-defined]
    assert not left
    assert not Consent.objects.exclude(subscriber=None, ip=None).exists()
    empty = Subscriber.objects.get(pk=person)
    assert empty.erased_at and (empty.languages, empty.time_zone) == ([], "UTC")
    assert Suppression.objects.get().note in {"", "erased at the reader's wish"}
