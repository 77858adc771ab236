"""What DIGEST_PACE promises, as a relay sees it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from time import monotonic

import pytest
from pytest_django import Settings

from digest.kit import valkey
from digest.kit.clock import now
from digest.models import Address
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.plan import plan_alert
from digest.outbound.delivery.sending.send import send_some
from tests.fakes import telegram
from tests.fakes.smtp import Sink, Taken, running
from tests.scenes import scene

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Timed(Sink):
    """Writes down when each mail came."""

    moments: list[float] = field(default_factory=list)

    def _take(self, mail: Taken) -> None:
        super()._take(mail)
        self.moments.append(monotonic())


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    valkey.client().flushdb()
    yield
    valkey.client().flushdb()


@pytest.mark.parametrize("scope", ["email", "relay:127.0.0.1"])
def test_no_second_has_more_than_a_rate_by_the_second(scope: str, settings: Settings) -> None:
    send = scene.running_edition(140, now=now())
    with running(Timed()) as sink:
        assert isinstance(sink, Timed)
        settings.DIGEST_SMTP_URL = sink.url
        settings.DIGEST_PACE = [f"{scope}=50/s"]
        assert send_some(send.pk, connections=10, seconds=30).sent == 140
    # What was granted may lie in hand for a moment, longer on a busy machine.
    for begins in sink.moments:
        assert sum(begins <= at < begins + 0.7 for at in sink.moments) <= 50


@pytest.mark.parametrize("scope", ["email", "relay:127.0.0.1", "@readers.example"])
def test_a_rate_by_the_day_lets_a_burst_go_and_no_more_on_that_day(
    scope: str, settings: Settings
) -> None:
    send = scene.running_edition(160, now=now())
    with running(Sink()) as sink:
        settings.DIGEST_SMTP_URL = sink.url
        settings.DIGEST_PACE = [f"{scope}=100/d"]
        began = monotonic()
        for _ in range(4):
            send_some(send.pk, connections=5, seconds=10)
        assert monotonic() - began < 60
        # A quarter is kept for alerts and confirmations.
        assert len(sink.taken) == 75


def test_a_chat_counts_once_against_its_channel_and_against_no_domain(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DIGEST_CHANNELS = ["telegram"]
    # Too little for two tokens each, and more than one: what a slow machine gives back is late.
    settings.DIGEST_PACE = ["telegram=60/h", "@*=1/h;1"]
    scene.readers(40, None, now=now(), channel="telegram")
    for number, address in enumerate(Address.objects.filter(channel="telegram"), 1000):
        Address.objects.filter(pk=address.pk).update(value=str(number))
    (send_id,) = plan_alert(scene.alert(now=now()).alert_id, 1, now=now()).send_ids
    fan_out(send_id, now=now())
    api = telegram.BotApi()
    with telegram.running(api):
        monkeypatch.setenv("DIGEST_TELEGRAM_URL", api.url)
        monkeypatch.setenv("DIGEST_TELEGRAM_TOKEN", api.token)
        assert send_some(send_id, connections=10, seconds=30).sent == 40
    assert len(api.taken) == 40
