"""What a run asks its pacer, and what it does with a no."""

from collections import Counter
from typing import Any

import pytest

from digest.kit.clock import now
from digest.models import Delivery
from digest.outbound.channels.base import Intend, Receipt, Rejected
from digest.outbound.delivery.ledger.claim import Claimed
from digest.outbound.delivery.pacing.pacer import Grant, Unlimited
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.plan import plan_edition
from digest.outbound.delivery.sending.in_hand import InHand
from digest.outbound.delivery.sending.send import send_some
from digest.outbound.messages.message import Copy
from tests.fakes.smtp import Sink, running
from tests.scenes import scene
from tests.scenes.scripted import Scripted

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
        self.narrow: dict[str, int] = {}

    async def places_of_domain(self, domain: str, wanted: int, *, lane: str) -> int | None:
        return self.narrow.get(domain)

    async def acquire(
        self,
        wanted: int,
        *,
        lane: str,
        domain: str = "",
        newsletter: int | None = None,
        relay: str = "",
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
    channel, pacer = Scripted(default=Rejected("4.7.0 slow down", 421, permanent=False)), Stingy()
    send_some(send.pk, channel=channel, pacer=pacer)
    assert pacer.told == [("readers.example", 421)]


@pytest.mark.parametrize("wire", [True, False])
def test_no_more_are_in_flight_to_a_domain_than_it_allows(wire: bool, settings: Any) -> None:
    newsletter = scene.newsletter()
    scene.readers(25, newsletter, now=now(), domain="narrow.example")
    scene.readers(25, newsletter, now=now())
    frozen = scene.edition(newsletter, now=now())
    (send_id,) = plan_edition(frozen.edition_id, 1, now=now()).send_ids
    fan_out(send_id, now=now())
    pacer = Stingy()
    pacer.narrow = {"narrow.example": 2}
    if wire:
        with running(Sink(delay=0.01)) as sink:
            settings.DIGEST_SMTP_URL = sink.url
            assert send_some(send_id, connections=8, pacer=pacer).sent == 50
        assert len({mail.recipient for mail in sink.taken}) == 50
        assert sink.most_in_flight <= 8
    else:
        channel = Narrow(delay=0.01)
        assert send_some(send_id, channel=channel, connections=8, pacer=pacer).sent == 50
        assert channel.most_narrow == 2
        assert channel.most_in_flight > 2


def test_a_slow_domain_is_not_held_whole_and_holds_up_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    newsletter = scene.newsletter()
    scene.readers(1000, newsletter, now=now(), domain="narrow.example")
    scene.readers(40, newsletter, now=now())
    frozen = scene.edition(newsletter, now=now())
    (send_id,) = plan_edition(frozen.edition_id, 1, now=now()).send_ids
    fan_out(send_id, now=now())
    pacer, channel = Stingy(whole=10**9, domain=10**9), Narrow(delay=0.05)
    pacer.narrow = {"narrow.example": 1}
    parked: list[int] = []
    done = InHand._done

    def look(self: InHand, job: Claimed) -> None:
        done(self, job)
        parked.append(sum(map(len, self._parked.values())))

    monkeypatch.setattr(InHand, "_done", look)
    send_some(send_id, channel=channel, connections=4, seconds=2.5, pacer=pacer)
    narrow = sum(value.endswith("@narrow.example") for value in channel.taken)
    assert channel.taken.total() - narrow == 40
    assert narrow >= 8
    assert channel.most_narrow == 1
    assert max(parked) <= 12
    assert set(channel.taken.values()) == {1}
    assert not Delivery.objects.filter(send_id=send_id, state=State.SENDING).exists()


class Narrow(Scripted):
    """Also counts how many were in flight to the narrow domain."""

    narrow = most_narrow = 0

    async def _send(self, copy: Copy, intend: Intend) -> Receipt:
        mine = copy.to.value.endswith("@narrow.example")
        self.narrow += mine
        self.most_narrow = max(self.narrow, self.most_narrow)
        try:
            return await super()._send(copy, intend)
        finally:
            self.narrow -= mine
