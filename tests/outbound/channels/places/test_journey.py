"""An edition, an alert, its correction and its withdrawal at each of the newsroom's own places."""

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from digest.kit.clock import now
from digest.models import Delivery, Send
from digest.outbound.channels import registry
from digest.outbound.channels.stand_in import StandIn
from digest.outbound.channels.stand_in_server import serve
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.plan import plan_alert, plan_edition
from digest.outbound.delivery.sending.send import send_some
from tests.fakes.in_thread import in_thread
from tests.outbound.channels.places.networks import NETWORKS, Network, settings_for
from tests.scenes import scene

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=NETWORKS)
def network(request: pytest.FixtureRequest) -> Network:
    return NETWORKS[request.param]


@pytest.fixture
def there(
    network: Network, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    """The network, to which our channel is led."""
    settings.DIGEST_CHANNELS = ["email", network.name]
    with in_thread(network.server(), serve) as server:
        server.folder = tmp_path
        for name, value in settings_for(network.name, server).items():
            monkeypatch.setenv(name, value)
        yield server


def go(send: Send) -> None:
    fan_out(send.pk, now=now())
    assert send_some(send.pk).ended == "drained"
    (delivery,) = Delivery.objects.filter(send=send)
    assert delivery.state == Delivery.State.SENT, delivery.reply


def place(network: Network) -> dict[str, Any]:
    out = StringIO()
    call_command(
        "places", "add", network.name, network.place, "--newsletter", "top-reads", "--alerts",
        "--json", stdout=out,
    )  # fmt: skip
    return dict(json.loads(out.getvalue()))


def test_from_an_edition_to_a_withdrawal(network: Network, there: Any, tmp_path: Path) -> None:
    daily = scene.newsletter(channels=["email", network.name])
    assert place(network)["address"] == network.place
    edition = scene.edition(daily, now=now())
    plan_edition(edition.edition_id, edition.revision, now=now())
    go(Send.objects.get(channel=network.name))
    first = scene.alert(now=now())
    for number, kind in ((1, "first"), (2, "correction"), (3, "withdrawal")):
        if number > 1:
            scene.alert_revision(first.alert, number, kind, now=now())
        plan_alert(first.alert_id, number, now=now())
        go(Send.objects.get(channel=network.name, kind="alert", revision=number))
    acts = [each["act"] for each in there.taken]
    assert acts[:3] == ["sent", "sent", network.change]
    assert set(acts[3:]) == {"sent" if network.keeps else "deleted"}
    # The edition stays; of the alert nothing does, where a post can be taken away.
    assert len(there.standing) == (4 if network.keeps else 1)
    stand_in: StandIn = registry.part(registry.spec(network.name).stand_in)
    shown = stand_in.taken(tmp_path, 10)
    assert shown.total == len(there.taken)
    assert shown.newest[0].kind == acts[-1]
    assert any("Correction: " in each.words for each in shown.newest)


def test_readers_are_not_offered_a_place(network: Network, there: Any, client: Client) -> None:
    page = client.get("/subscribe").content.decode()
    assert registry.spec(network.name).label not in page
    with pytest.raises(CommandError, match="Write the"):
        call_command("places", "add", network.name, "???", "--alerts")
