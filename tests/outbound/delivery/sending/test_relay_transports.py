"""A relay may be an HTTP API: weights, limits, failover, journal and ledger are those of SMTP."""

from collections import Counter, deque
from collections.abc import Iterator
from typing import Any

import pytest

from digest.kit.clock import now
from digest.kit.supervise import free_port
from digest.models import Delivery, Send
from digest.outbound.channels.email.relay import Relay
from digest.outbound.channels.email.transport import TRANSPORTS
from digest.outbound.delivery.sending.send import send_some
from tests.fakes import mail_api
from tests.fakes.mail_api import HANG_UP, MailApi
from tests.fakes.smtp import Sink, running
from tests.scenes import scene

pytestmark = pytest.mark.django_db(transaction=True)
State = Delivery.State


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[MailApi]:
    monkeypatch.setitem(TRANSPORTS, "api", mail_api.PATH)
    with mail_api.running(MailApi()) as served:
        settings.DIGEST_SMTP_URL = served.url
        yield served


@pytest.fixture
def sink() -> Iterator[Sink]:
    with running(Sink()) as served:
        yield served


def addresses(send: Send) -> list[str]:
    rows = Delivery.objects.filter(send_id=send.pk).order_by("address_id")
    return list(rows.values_list("address__value", flat=True))


def test_a_url_names_its_transport(api: MailApi) -> None:
    relay = Relay.of("api://user:key@relay.example/v1/send?weight=3")
    assert (relay.scheme, relay.name, relay.path) == ("api", "relay.example:80", "/v1/send")
    assert (relay.weight, relay.password, relay.starttls) == (3, "key", False)
    with pytest.raises(ValueError, match="must look like"):
        Relay.of("carrier://relay.example")


def test_a_send_goes_by_an_api_alone(api: MailApi) -> None:
    send = scene.running_edition(60, now=now())
    assert send_some(send.pk, connections=4).sent == 60
    assert Counter(api.taken) == Counter(addresses(send))
    assert 1 < api.most_in_flight <= 4
    rows = Delivery.objects.filter(send_id=send.pk)
    assert {each.state for each in rows} == {State.SENT}
    assert len({each.provider_id for each in rows}) == 60


def test_refusals_and_lost_answers_lose_nobody(api: MailApi) -> None:
    send = scene.running_edition(20, now=now())
    values = addresses(send)
    api.script[values[0]] = deque([422])
    api.script[values[1]] = deque([503])
    api.script[values[2]] = deque([HANG_UP])
    api.script[values[3]] = deque([HANG_UP] * 9)
    for _ in range(4):
        send_some(send.pk)
        Delivery.objects.filter(send_id=send.pk, state=State.DEFERRED).update(next_try_at=now())
    got = Counter(api.taken)
    assert [got[values[number]] for number in range(4)] == [0, 1, 2, 2]
    assert all(got[value] == 1 for value in values[4:])
    states = Counter(State(each.state) for each in Delivery.objects.all())
    assert states == {State.SENT: 18, State.FAILED: 1, State.UNKNOWN: 1}


def test_an_api_and_smtp_share_a_send_by_weight(api: MailApi, sink: Sink, settings: Any) -> None:
    settings.DIGEST_SMTP_URL = f"{api.url}?weight=1 {sink.url}?weight=3"
    send = scene.running_edition(200, now=now())
    assert send_some(send.pk, connections=8).sent == 200
    got = Counter(api.taken) + Counter(mail.recipient for mail in sink.taken)
    assert got == Counter(addresses(send))
    assert api.taken and sink.taken
    assert api.most_in_flight <= 2, "a quarter of eight connections"


def test_an_api_that_is_down_leaves_its_share_to_smtp(
    api: MailApi, sink: Sink, settings: Any
) -> None:
    gone = f"api://127.0.0.1:{free_port(20000)}/send"
    settings.DIGEST_SMTP_URL = f"{gone} {sink.url}"
    send = scene.running_edition(30, now=now())
    assert send_some(send.pk, connections=4).sent == 30
    assert Counter(mail.recipient for mail in sink.taken) == Counter(addresses(send))
    assert not api.taken


def test_a_relays_limit_holds_for_an_api(api: MailApi, sink: Sink, settings: Any) -> None:
    settings.DIGEST_SMTP_URL = f"{api.url} {sink.url}"
    settings.DIGEST_PACE = [f"relay:127.0.0.1:{api.port}=;1"]
    send = scene.running_edition(80, now=now())
    assert send_some(send.pk, connections=6).sent == 80
    assert api.most_in_flight == 1
    assert len(api.taken) + len(sink.taken) == 80
