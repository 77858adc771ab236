"""What a run asks its pacer, and what it does with a no."""

from collections import Counter

import pytest

from digest.kit.clock import now
from digest.models import Delivery
from digest.outbound.channels.base import Refused
from digest.outbound.delivery.pace import Grant, Unlimited
from digest.outbound.delivery.send import send_some
from tests.chaos import scene
from tests.chaos.scripted import Scripted

pytestmark = pytest.mark.django_db(transaction=True)

State = Delivery.State


class Stingy(Unlimited):
    """Grants from fixed purses; remembers what it was asked and told."""

    def __init__(self, *, whole: int = 10_000, domain: int = 10_000) -> None:
        self.whole = whole
        self.domain = domain
        self.asked: Counter[str] = Counter()
        self.newsletters: set[int | None] = set()
        self.returned = 0
        self.told: list[tuple[str, int | None]] = []

    async def acquire(
        self, wanted: int, *, lane: str, domain: str = "", newsletter: int | None = None
    ) -> Grant:
        self.asked[domain] += 1
        if domain:
            granted, self.domain = min(wanted, self.domain), max(self.domain - wanted, 0)
            return Grant(granted, wait=60.0)
        self.newsletters.add(newsletter)
        granted, self.whole = min(wanted, self.whole), max(self.whole - wanted, 0)
        return Grant(granted, wait=0.05)

    def give_back(
        self, unused: int, *, lane: str, domain: str = "", newsletter: int | None = None
    ) -> None:
        self.returned += unused
        self.whole += unused

    def heard(self, domain: str, code: int | None, reply: str) -> None:
        self.told.append((domain, code))


def test_a_run_sends_no_more_than_it_was_granted() -> None:
    send = scene.running_edition(30, now=now())
    channel, pacer = Scripted(), Stingy(whole=12)
    progress = send_some(send.pk, channel=channel, connections=4, seconds=0.5, pacer=pacer)
    assert progress.ended == "time"
    assert progress.sent == sum(channel.taken.values()) == 12
    assert progress.left == 18
    assert None not in pacer.newsletters


def test_what_a_domain_does_not_take_now_is_due_later() -> None:
    send = scene.running_edition(30, now=now())
    channel, pacer = Scripted(), Stingy(domain=7)
    assert send_some(send.pk, channel=channel, pacer=pacer).sent == 7
    later = Delivery.objects.filter(send_id=send.pk, state=State.PENDING, next_try_at__gt=now())
    assert later.count() == 23
    assert set(pacer.asked) == {"", "readers.example"}


def test_grants_that_nobody_needed_go_back() -> None:
    send = scene.running_edition(5, now=now())
    pacer = Stingy(whole=1000)
    send_some(send.pk, channel=Scripted(), pacer=pacer)
    assert pacer.whole == 995


def test_a_pacer_hears_of_refusals() -> None:
    send = scene.running_edition(1, now=now())
    channel, pacer = Scripted(default=Refused("4.7.0 slow down", 421, permanent=False)), Stingy()
    send_some(send.pk, channel=channel, pacer=pacer)
    assert pacer.told == [("readers.example", 421)]
