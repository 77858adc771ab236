"""Each setting of sending takes effect: a send goes another way when only the setting differs."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import Settings

from digest.kit import valkey
from digest.kit.clock import now
from digest.models import Delivery, Send
from digest.outbound.channels import registry
from digest.outbound.channels.base import Rejected
from digest.outbound.delivery.control.guard import guard
from digest.outbound.delivery.ledger import recover
from digest.outbound.delivery.sending.configuration import configured_patience, longest
from digest.outbound.delivery.sending.send import send_some
from tests.fakes.smtp import Sink, running
from tests.scenes import scene
from tests.scenes.scripted import Scripted
from workers import outbound

pytestmark = pytest.mark.django_db(transaction=True)

State = Delivery.State


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    valkey.client().flushdb()
    yield
    valkey.client().flushdb()


@pytest.mark.parametrize("most", [1, 4])
def test_connections(most: int, settings: Settings) -> None:
    send = scene.running_edition(30, now=now())
    settings.DIGEST_SMTP_CONNECTIONS = most
    with running(Sink(delay=0.02)) as sink:
        settings.DIGEST_SMTP_URL = sink.url
        assert send_some(send.pk).sent == 30
        assert sink.connections == sink.most_in_flight == most


@pytest.mark.parametrize(("plan", "sent"), [("", 30), ("2020-01-01:10:1:365", 30)])
def test_a_warm_up_that_is_over_holds_nobody(plan: str, sent: int, settings: Settings) -> None:
    send = scene.running_edition(30, now=now())
    settings.DIGEST_WARM_UP = plan
    assert send_some(send.pk, channel=Scripted()).sent == sent


def test_a_warm_up(settings: Settings) -> None:
    send = scene.running_edition(30, now=now())
    settings.DIGEST_WARM_UP = f"{now():%Y-%m-%d}:10:1:2"
    progress = send_some(send.pk, channel=Scripted(), seconds=20)
    assert (progress.sent, progress.stalled) == (10, True)


def test_the_hard_limit_of_a_task_follows_the_time_for_answers(settings: Settings) -> None:
    """A worker must not be killed while its run still waits for what it handed over."""
    before = longest(30, configured_patience())
    assert outbound.SEND_LIMIT > before > 30 + settings.DIGEST_ANSWER_TIMEOUT.total_seconds()
    settings.DIGEST_ANSWER_TIMEOUT += timedelta(seconds=100)
    settings.DIGEST_COMMAND_TIMEOUT += timedelta(seconds=1)
    assert longest(30, configured_patience()) == before + 104


@pytest.mark.parametrize(
    ("name", "share", "outcome"),
    [
        ("DIGEST_MOST_BOUNCES", 0.7, Delivery.Outcome.HARD_BOUNCE),
        ("DIGEST_MOST_COMPLAINTS", 0.7, Delivery.Outcome.COMPLAINT),
    ],
)
def test_the_bounds_of_what_comes_back(
    name: str, share: float, outcome: Delivery.Outcome, settings: Settings
) -> None:
    send = scene.running_edition(100, now=now())
    rows = Delivery.objects.filter(send_id=send.pk)
    rows.update(state=State.SENT, sent_at=now())
    some = list(rows.values_list("address_id", flat=True)[:60])
    rows.filter(address_id__in=some).update(outcome=outcome)
    setattr(settings, name, share)
    assert guard(now=now()) == ()
    setattr(settings, name, 0.5)
    assert guard(now=now()) == (send.pk,)


@pytest.mark.parametrize(("share", "pauses"), [(0.5, True), (1.0, False)])
def test_the_bound_of_refusals(share: float, pauses: bool, settings: Settings) -> None:
    send = scene.running_edition(150, now=now())
    settings.DIGEST_MOST_REFUSALS = share
    channel = Scripted(default=Rejected("554 5.7.1 no", 554, permanent=True))
    for delivery in Delivery.objects.filter(send_id=send.pk).select_related("address")[:8]:
        assert delivery.address.value
        channel.script[delivery.address.value] = ["accept"]
    send_some(send.pk, channel=channel, connections=5)
    guard(now=now())
    send.refresh_from_db()
    assert (send.state == Send.State.PAUSED) is pauses


@pytest.mark.parametrize(
    ("allowed", "production", "sent"),
    [([], True, 5), ([], False, 0), (["@readers.example"], False, 5), (["*"], False, 5)],
)
def test_who_may_be_contacted(
    allowed: list[str], production: bool, sent: int, settings: Settings
) -> None:
    send = scene.running_edition(5, now=now())
    settings.DIGEST_ALLOWED_RECIPIENTS, settings.DIGEST_PRODUCTION = allowed, production
    progress = send_some(send.pk, channel=Scripted())
    assert (progress.sent, progress.skipped) == (sent, 5 - sent)


@pytest.mark.parametrize(("seconds", "settled"), [(1, 2), (3600, 0)])
def test_the_lease(seconds: int, settled: int, settings: Settings) -> None:
    """What a machine held that does not come back is settled after five leases."""
    send = scene.running_edition(2, now=now())
    run = "00000000-0000-4000-8000-000000000001"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO digest_run VALUES (%s, %s, statement_timestamp() - interval '5 s')",
            [run, send.pk],
        )
    Delivery.objects.filter(send_id=send.pk).update(
        state=State.SENDING, leased_by=run, next_try_at=None
    )
    settings.DIGEST_LEASE = timedelta(seconds=seconds)
    assert recover.settle_lapsed().lost == settled


# Settings of the chapter that are of no run: of a channel, of a page, of a command.
_OF_CHANNELS = tuple(f"DIGEST_{each.upper()}_" for each in registry.BUILT_IN)
_OF_OTHERS = (*_OF_CHANNELS, "DIGEST_DKIM_", "DIGEST_SEEDS", "DIGEST_METRICS_", "DIGEST_WAKER")
_ELSEWHERE = {
    "DIGEST_PACE": "sending/test_rates.py",
    "DIGEST_COMMAND_TIMEOUT": "sending/test_slow_relay.py",
    "DIGEST_ANSWER_TIMEOUT": "sending/test_slow_relay.py",
    "DIGEST_KEEP_LEDGER": "ledger/test_retention.py",
    "DIGEST_CANARY_EVERY": "canaries/test_canaries.py",
    "DIGEST_COUNT_CLICKS": "../../web/away/test_counted_links.py",
    "DIGEST_COUNT_NETWORKS": "../../web/away/test_counted_links.py",
}


def test_every_setting_of_sending_that_is_documented_has_such_a_test() -> None:
    here = Path(__file__)
    text = (here.parents[3] / "docs" / "settings.md").read_text(encoding="utf-8")
    chapter = text.partition("\n## Outbound\n")[2].partition("\n## ")[0]
    names = re.findall(r"^\| `(DIGEST_[A-Z_]+)` \|", chapter, re.MULTILINE)
    assert "DIGEST_SMTP_URL" in names
    for name in names:
        if not name.startswith(_OF_OTHERS):
            tests = here.parent / _ELSEWHERE.get(name, here.name)
            assert f"settings.{name}" in tests.read_text(encoding="utf-8") or (
                f'"{name}"' in tests.read_text(encoding="utf-8")
            ), name
