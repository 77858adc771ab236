"""A channel from outside goes the whole way, without one line of it in the library."""

import json
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client

from digest.audience.core import tokens
from digest.kit import counters, valkey
from digest.kit.clock import now
from digest.management.examination.channels import of_channel
from digest.models import (
    Address,
    Alert,
    Delivery,
    Newsletter,
    Send,
    Subscription,
    Suppression,
)
from digest.outbound.channels import registry
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.plan import plan_alert, plan_edition, plan_missing
from digest.outbound.delivery.sending.send import send_some
from digest.outbound.returns.take import take_events
from digest.staff.access import Role
from tests.scenes import scene
from tests.web import desk_day, newsroom

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
RING = "SG-2026-0042"
Outcome = Delivery.Outcome


def slips(loft: Path) -> list[dict[str, str]]:
    return [json.loads(each.read_text()) for each in sorted(loft.glob("*.json"))]


def fly() -> None:
    """Let everything go that waits on the channel."""
    plan_missing(now=now())
    for send in Send.objects.filter(channel="pigeon", state="pending"):
        fan_out(send.pk, now=now())
        assert send_some(send.pk).ended == "drained"


def signed_up(client: Client, loft: Path) -> Address:
    """A reader who filled in the form, got the question by pigeon, and said yes."""
    answer = client.post(
        "/subscribe",
        {
            "channel": "pigeon",
            "ring": " sg-2026-42",
            "newsletters": ["top-reads"],
            "alerts": "on",
            "made": newsroom.made(),
        },
    )
    assert answer.status_code == 302, answer.content.decode()
    assert "Look up" in client.get(answer["Location"]).content.decode()
    fly()
    (slip,) = slips(loft)
    assert slip["ring"] == RING and "Top reads" in slip["slip"]
    link = re.search(r"/confirm/\S+", slip["slip"])
    assert link
    assert "SG-…42" in client.get(link[0]).content.decode()
    assert client.post(link[0]).status_code == 302
    for file in loft.glob("*.json"):
        file.unlink()
    return Address.objects.get(channel="pigeon")


@pytest.fixture
def daily(db: None) -> Newsletter:
    return scene.newsletter(channels=["email", "pigeon"], is_open=True)


def test_a_reader_signs_up_and_gets_an_edition(
    client: Client, loft: Path, daily: Newsletter
) -> None:
    form = client.get("/subscribe").content.decode()
    assert "Your pigeon’s ring" in form and 'name="ring"' in form
    wrong = client.post("/subscribe", {"channel": "pigeon", "ring": "x", "alerts": "on"})
    assert "as it is stamped" in wrong.content.decode()
    address = signed_up(client, loft)
    assert (address.value, address.verified_by) == (RING, "link")
    frozen = scene.edition(daily, now=now())
    plan_edition(frozen.edition_id, 1, now=now())
    fly()
    (slip,) = slips(loft)
    assert "3. Harbour bridge reopens, day 3" in slip["slip"]
    leave = re.search(r"/unsubscribe/\S+", slip["slip"])
    assert leave
    page = client.get(leave[0]).content.decode()
    assert "SG-…42" in page and RING not in page
    token = tokens.preferences_token(settings.SECRET_KEY, address.pk)
    assert "SG-…42" in client.get(f"/preferences/{token}").content.decode()
    assert client.post(leave[0]).status_code == 200
    assert not Subscription.objects.filter(state="active", newsletter=daily).exists()


def test_a_correction_replaces_and_a_withdrawal_takes_away(
    client: Client, loft: Path, daily: Newsletter
) -> None:
    signed_up(client, loft)
    said = StringIO()
    call_command("places", "add", "pigeon", "sg-2026-7", "--alerts", "--json", stdout=said)
    assert json.loads(said.getvalue())["address"] == "SG-2026-0007"
    first = scene.alert(now=now())
    plan_alert(first.alert_id, 1, now=now())
    fly()
    before = {each["ring"]: each["copy"] for each in slips(loft)}
    assert set(before) == {RING, "SG-2026-0007"}, "the reader's and the newsroom's own"
    alert = Alert.objects.get()
    alert.headline = "Quake of magnitude 5.9"
    scene.alert_revision(alert, 2, "correction", now=now())
    plan_alert(alert.pk, 2, now=now())
    fly()
    after = slips(loft)
    assert len(after) == 2, "a correction takes the first one's place"
    assert all(each["slip"].startswith("Correction: Quake of magnitude 5.9") for each in after)
    scene.alert_revision(alert, 3, "withdrawal", now=now())
    plan_alert(alert.pk, 3, now=now())
    fly()
    assert slips(loft) == []
    assert Delivery.objects.filter(send__kind="alert").exclude(state=3).count() == 0


def test_what_the_loft_reports_becomes_outcomes(
    client: Client, loft: Path, daily: Newsletter
) -> None:
    address = signed_up(client, loft)
    plan_edition(scene.edition(daily, now=now()).edition_id, 1, now=now())
    fly()
    (slip,) = slips(loft)

    def tell(news: str, secret: str = "coo") -> int:
        flight = {"flight": f"f-{news}", "copy": slip["copy"], "news": news}
        answer = client.post(
            "/hooks/pigeon",
            {"flights": [flight]},
            content_type="application/json",
            headers={"X-Loft": secret},
        )
        take_events(now=now())
        return answer.status_code

    assert tell("home", secret="caw") == 403
    assert tell("home") == 200
    assert Delivery.objects.get(send__kind="edition").outcome == Outcome.DELIVERED
    assert tell("empty loft") == 200
    assert Delivery.objects.get(send__kind="edition").outcome == Outcome.HARD_BOUNCE
    assert Suppression.objects.get().fingerprint == address.fingerprint
    assert client.get("/hooks/pigeon").status_code == 405
    assert client.post("/hooks/raven", {}, content_type="application/json").status_code == 404


def test_the_desk_shows_it_and_knows_its_limits(client: Client, loft: Path) -> None:
    stories = desk_day.stories(now())
    edition = desk_day.edition(now(), channels=["email", "pigeon"])
    client.force_login(desk_day.member(role=Role.CHIEF))
    page = client.get(f"/desk/editions/{edition.public_id}/?show=pigeon").content.decode()
    assert 'href="?show=pigeon" aria-current="true">Pigeon</a>' in re.sub(r"\s+", " ", page)
    assert re.search(r"\d+ of 2,000 characters on Pigeon · one pigeon", page)
    assert "No more pigeons" in page
    story = next(iter(stories.values()))
    words = {"story": str(story.public_id), "headline": "Ferry on fire", "summary": "All aboard."}
    answer = client.post("/desk/alerts/raise", words)
    assert "Breaking: Ferry on fire" in client.get(answer["Location"]).content.decode()


def test_operators_see_it(
    client: Client, loft: Path, daily: Newsletter, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    valkey.client().delete(counters.KEY)
    settings.DIGEST_METRICS_TOKEN = "let-me-see"
    signed_up(client, loft)
    counters.flush()
    answer = client.get("/metrics", headers={"Authorization": "Bearer let-me-see"})
    assert 'channel="pigeon",lane="transactional",result="sent"' in answer.content.decode()
    spec = registry.spec("pigeon")
    config = registry.config("pigeon", settings)
    (finding,) = registry.part(spec.doctor)(config, lambda name: [])
    assert finding.state == "ok"
    assert registry.at_once("pigeon", settings) == 4
    out = StringIO()
    call_command("subscribers", "export", "sg-2026-42", "--channel", "pigeon", stdout=out)
    assert json.loads(out.getvalue())["addresses"][0]["address"] == RING
    out = StringIO()
    call_command("subscribers", "erase", "SG-2026-42", "--channel", "pigeon", stdout=out)
    assert "1 addresses" in out.getvalue()
    with pytest.raises(CommandError, match="no places"):
        call_command("places", "add", "email", "a@example.org", "--alerts")


def test_a_package_that_is_installed_and_not_named_is_not_loaded(
    client: Client, loft: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setenv("DIGEST_CHANNELS", "email,whatsapp")
    settings.DIGEST_CHANNELS = ["email", "whatsapp"]
    registry.forget()
    assert registry.names() == tuple(registry.BUILT_IN)
    with pytest.raises(registry.UnknownChannel):
        registry.spec("pigeon")
    assert client.post("/hooks/pigeon", {}, content_type="application/json").status_code == 404


def test_a_broken_package_takes_nothing_from_the_others(
    client: Client, loft: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pigeon_post.spec.SPEC", "no spec")
    registry.forget()
    with pytest.raises(registry.BrokenChannel, match="no ChannelSpec"):
        registry.spec("pigeon")
    form = client.get("/subscribe").content.decode()
    assert "Your email" in form and "pigeon" not in form


def test_a_part_that_cannot_be_loaded_is_named_and_breaks_nothing_else(
    client: Client, loft: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pigeon_post.webhook.WEBHOOKS", None)
    registry.forget()
    spec = registry.spec("pigeon")
    (finding,) = of_channel(spec, settings, lambda name: [])
    assert finding.state == "error"
    assert "webhooks of pigeon cannot be loaded" in finding.what
    assert registry.hook_of("whatsapp") is not None
    assert registry.hook_of("pigeon") is None
    assert client.post("/hooks/pigeon", {}, content_type="application/json").status_code == 404
