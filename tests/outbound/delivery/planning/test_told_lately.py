"""An alert spares those whom a digest told of its story minutes ago, and reads no digest for it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from digest.kit.clock import now as clock
from digest.models import Address, AlertRevision, Delivery, Item, Send, Subscription
from digest.outbound.delivery.ledger import partitions
from digest.outbound.delivery.planning import plan, told_lately
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.sending.send import send_some
from tests.scenes import scene
from tests.scenes.scripted import Scripted

pytestmark = pytest.mark.django_db(transaction=True)
State = Delivery.State


@pytest.fixture(autouse=True)
def by_mail_alone(settings: Any) -> None:
    settings.DIGEST_CHANNELS = ["email"]


def told_by_a_digest(readers: int, revision: AlertRevision) -> Send:
    """An edition about the alert's story that went to so many readers just now."""
    send = scene.running_edition(readers, now=clock())
    Item.objects.create(edition_id=send.source_id, story_id=revision.alert.story_id, position=1)
    send_some(send.pk, channel=Scripted())
    return send


def alerted(revision: AlertRevision) -> dict[int, Delivery]:
    (pk,) = plan.plan_alert(revision.alert_id, revision.revision, now=clock()).send_ids
    fan_out(pk, now=clock())
    return {each.address_id: each for each in Delivery.objects.filter(send_id=pk)}


def test_whom_a_digest_told_minutes_ago_is_spared_and_nobody_else() -> None:
    revision = scene.alert(now=clock())
    digest = told_by_a_digest(3, revision)
    early, other, _ = Delivery.objects.filter(send_id=digest.pk).order_by("address_id")
    Delivery.objects.filter(pk=early.pk).update(sent_at=clock() - timedelta(minutes=16))
    Delivery.objects.filter(pk=other.pk).update(state=State.FAILED)
    for each in Delivery.objects.filter(send_id=digest.pk):
        wants_alerts(each.address_id)
    found = alerted(revision)
    assert [found[each.address_id].state for each in (early, other)] == [State.PENDING] * 2
    (spared,) = [each for each in found.values() if each.state == State.SKIPPED]
    assert spared.reply == told_lately.WORDS


def test_a_digest_of_other_stories_spares_nobody() -> None:
    revision = scene.alert(now=clock())
    digest = scene.running_edition(2, now=clock())
    send_some(digest.pk, channel=Scripted())
    for each in Delivery.objects.filter(send_id=digest.pk):
        wants_alerts(each.address_id)
    assert {each.state for each in alerted(revision).values()} == {State.PENDING}


def wants_alerts(address_id: int) -> None:
    address = Address.objects.get(pk=address_id)
    Subscription.objects.create(
        subscriber=address.subscriber, address=address, alerts=True, state="active",
        created_at=clock(), confirmed_at=clock(),
    )  # fmt: skip


@contextmanager
def explained() -> Iterator[list[Any]]:
    """The plans, with what each step read, of every statement that skips."""
    plans: list[Any] = []

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "digest_delivery r SET state" in sql:
            execute("EXPLAIN (ANALYZE, FORMAT JSON) " + sql, params, many, context)
            (found,) = context["cursor"].fetchone()
            plans.append(json.loads(found) if isinstance(found, str) else found)
            return None
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        yield plans


def steps(plan_of: Any) -> Iterator[dict[str, Any]]:
    yield plan_of
    for each in plan_of.get("Plans", ()):
        yield from steps(each)


@pytest.mark.parametrize("alerted_too", [1, 40])
def test_what_is_read_grows_with_the_alerts_readers_and_never_with_the_digests(
    alerted_too: int,
) -> None:
    revision = scene.alert(now=clock())
    digest = told_by_a_digest(50, revision)
    partitions.ensure(digest.pk)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO digest_delivery (send_id, address_id, message_id, state, sent_at)"
            " SELECT %s, 1000000 + n, 1, 3, now() FROM generate_series(1, 20000) n",
            [digest.pk],
        )
        cursor.execute("ANALYZE digest_delivery")
        cursor.execute(f"ANALYZE {partitions.of(digest.pk)}")
    readers = Delivery.objects.filter(send_id=digest.pk, address_id__lt=1_000_000)
    for each in readers[:alerted_too]:
        wants_alerts(each.address_id)
    with explained() as plans:
        alerted(revision)
    (plan_of,) = plans
    scans = [
        each for each in steps(plan_of[0]["Plan"]) if "delivery" in each.get("Relation Name", "")
    ]
    read = sum(
        each["Actual Loops"] * (each["Actual Rows"] + each.get("Rows Removed by Filter", 0))
        for each in scans
        if "Scan" in each["Node Type"]
    )
    assert scans and read <= 4 * alerted_too + 4, plan_of
    assert not [each for each in scans if each["Node Type"] == "Seq Scan" and each["Actual Loops"]]
