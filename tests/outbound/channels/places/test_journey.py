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
from digest.models import Delivery, EditionRevision, Member, Send
from digest.newsdesk.editions.correct import ItemCorrection, correct
from digest.outbound.channels import registry
from digest.outbound.channels.stand_in import StandIn
from digest.outbound.channels.stand_in_server import serve
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.plan import plan_alert, plan_edition, plan_missing
from digest.outbound.delivery.sending.send import send_some
from tests.fakes.in_thread import in_thread
from tests.fakes.telegram import BotApi
from tests.outbound.channels.places.networks import NETWORKS, Network, settings_for
from tests.scenes import scene

pytestmark = pytest.mark.django_db(transaction=True)


# Telegram serves readers, and a newsroom's own channel there too.
PLACES = NETWORKS | {"telegram": Network("telegram", BotApi, "@meridian_news")}


@pytest.fixture(params=PLACES)
def network(request: pytest.FixtureRequest) -> Network:
    return PLACES[request.param]


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


def corrected(frozen: EditionRevision, by: Member, headline: str) -> None:
    story = frozen.content["items"][0]["story"]
    correct(frozen.edition_id, {story: ItemCorrection(headline)}, member=by, now=now())


def test_an_edition_is_corrected_where_it_stands_and_its_readers_hear_nothing(
    network: Network, there: Any
) -> None:
    daily = scene.newsletter(channels=["email", network.name])
    scene.readers(3, daily, now=now())
    place(network)
    editor = Member.objects.create_user("ada@meridian.example", first_name="Ada")
    frozen = scene.edition(daily, now=now())
    plan_missing(now=now())
    go(Send.objects.get(channel=network.name))
    for number, headline in enumerate(("Harbour bridge stays shut", "Harbour bridge is gone"), 2):
        corrected(frozen, editor, headline)
        (send,) = plan_missing(now=now()).send_ids
        assert Send.objects.get(pk=send).revision == number
        go(Send.objects.get(pk=send))
        assert [each["act"] for each in there.taken[number - 1 :]] == [network.change]
        said = there.taken[-1]["preview"]
        assert said.startswith("Correction: Top reads") and headline in said
        assert "reopens, day 1" not in said
    assert plan_missing(now=now()).send_ids == ()
    assert not Send.objects.filter(channel="email", revision__gt=1).exists()
    assert len(there.standing) == (3 if network.change == "sent" else 1)


def test_a_correction_comes_before_what_it_corrects_or_in_its_place_never_after(
    network: Network, there: Any
) -> None:
    daily = scene.newsletter(channels=[network.name])
    place(network)
    editor = Member.objects.create_user("ada@meridian.example", first_name="Ada")
    frozen = scene.edition(daily, now=now())
    (first,) = plan_missing(now=now()).send_ids
    fan_out(first, now=now())
    corrected(frozen, editor, "Harbour bridge stays shut")
    (second,) = plan_missing(now=now()).send_ids
    go(Send.objects.get(pk=second))
    send_some(first)
    (taken,) = there.taken
    assert "Harbour bridge stays shut" in taken["preview"]
    assert Delivery.objects.get(send_id=first).state == Delivery.State.CANCELLED


@pytest.mark.parametrize("network", NETWORKS, indirect=True)
def test_readers_are_not_offered_a_place(network: Network, there: Any, client: Client) -> None:
    page = client.get("/subscribe").content.decode()
    assert registry.spec(network.name).label not in page
    with pytest.raises(CommandError, match="Write the"):
        call_command("places", "add", network.name, "???", "--alerts")
