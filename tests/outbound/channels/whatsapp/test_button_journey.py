"""From an alert that is issued to the button below it: handed in, approved, sent, and watched."""

import json
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from digest.kit.clock import now
from digest.models import ChannelFact, Delivery, Send
from digest.outbound.channels import registry
from digest.outbound.channels.whatsapp.stand_in.account import TemplateStore
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.plan import plan_alert
from digest.outbound.delivery.sending.send import send_some
from digest.outbound.delivery.templates import watch
from digest.outbound.delivery.templates.listing import listed_templates
from digest.staff.access import Role
from tests.fakes.in_thread import in_thread
from tests.fakes.whatsapp import TOKEN, CloudApi, serve
from tests.scenes import scene
from tests.web import desk_day

pytestmark = pytest.mark.django_db(transaction=True)
# Where the alerts of the scene lead.
SITE, LINK = "https://meridian.example/", "https://meridian.example/quake"


@pytest.fixture
def meta(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[CloudApi]:
    """An account that has all of ours but the template with a button."""
    settings.DIGEST_CHANNELS = ["whatsapp"]
    settings.DIGEST_ALLOWED_RECIPIENTS = ["*"]
    with in_thread(CloudApi(templates=TemplateStore.of_ours()), serve) as api:
        for name, value in (
            ("URL", api.url), ("TOKEN", TOKEN), ("ACCOUNT_ID", api.account_id),
            ("PHONE_ID", api.phone_id), ("SITE", SITE),
        ):  # fmt: skip
            monkeypatch.setenv(f"DIGEST_WHATSAPP_{name}", value)
        yield api


def look() -> None:
    assert watch.look(registry.spec("whatsapp"), now=now())


def line() -> Any:
    (listed,) = listed_templates(now=now())
    return next(each for each in listed.lines if each.own.key == "alert_button:en")


def hand_in_and_approve(api: CloudApi) -> None:
    made = watch.submit(registry.spec("whatsapp"), line().own, now=now())
    assert made.status == "PENDING"
    kept = api.templates.kept["alert_button", "en"]
    # Meta has its own mind about the category, which then cannot be edited.
    kept.status, kept.category = "APPROVED", "UTILITY"
    look()


def send(alert_id: int, revision: int) -> None:
    (send_id,) = plan_alert(alert_id, revision, now=now()).send_ids
    fan_out(send_id, now=now())
    assert send_some(send_id).ended == "drained"
    states = Delivery.objects.filter(send=send_id).values_list("state", flat=True)
    assert set(states) == {Delivery.State.SENT}


def went_as(api: CloudApi) -> list[tuple[str, tuple[Any, ...]]]:
    return [(each["request"]["template"]["name"], each["buttons"]) for each in api.taken]


BUTTON = ("alert_button", (("Read the story", LINK),))


def test_an_alert_its_correction_and_its_withdrawal_arrive_with_the_button(meta: CloudApi) -> None:
    scene.readers(2, None, now=now(), channel="whatsapp")
    look()
    hand_in_and_approve(meta)
    first = scene.alert(now=now())
    for number, kind in ((1, "first"), (2, "correction"), (3, "withdrawal")):
        if number > 1:
            scene.alert_revision(first.alert, number, kind, now=now())
        send(first.alert_id, number)
    assert went_as(meta) == [BUTTON] * 6
    assert [each["preview"].partition(":")[0] for each in meta.taken[::2]] == [
        "*Breaking", "*Correction", "*Withdrawn",
    ]  # fmt: skip
    look()
    used = set(ChannelFact.objects.filter(name__startswith="used:").values_list("name", flat=True))
    assert used == {"used:alert_button:en"}


def test_until_meta_has_approved_it_the_alert_goes_out_as_before(meta: CloudApi) -> None:
    scene.readers(1, None, now=now(), channel="whatsapp")
    look()
    watch.submit(registry.spec("whatsapp"), line().own, now=now())
    look()
    assert line().state == "in review"
    send(scene.alert(now=now()).alert_id, 1)
    assert went_as(meta) == [("alert", ())] and LINK in meta.taken[0]["preview"]


def test_a_site_that_moved_is_told_and_its_template_handed_in_again(
    meta: CloudApi, monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    scene.readers(1, None, now=now(), channel="whatsapp")
    monkeypatch.setenv("DIGEST_WHATSAPP_SITE", "https://old.example")
    hand_in_and_approve(meta)
    assert line().state == "approved" and not line().is_wrong
    out = StringIO()
    call_command("templates", "list", "--json", stdout=out)
    buttons = {each["name"]: each["button"] for each in json.loads(out.getvalue())["templates"]}
    assert (buttons["alert_button"], buttons["alert"]) == ("https://old.example/{{1}}", "")
    monkeypatch.setenv("DIGEST_WHATSAPP_SITE", SITE)
    moved = line()
    assert moved.is_wrong and moved.may_submit and moved.is_usable
    assert "https://old.example/{{1}}" in moved.remedy and "submit it again" in moved.remedy
    send(scene.alert(now=now()).alert_id, 1)
    assert went_as(meta) == [("alert", ())], "no button leads to another page than the alert does"
    client.force_login(desk_day.member(role=Role.CHIEF))
    page = client.get("/desk/templates/").content.decode()
    assert "https://meridian.example/{{1}}" in page and "Lire l’article" in page
    asked = {"channel": "whatsapp", "template": "alert_button:en"}
    client.post("/desk/templates/submit", asked, follow=True)
    meta.templates.kept["alert_button", "en"].status = "APPROVED"
    look()
    assert not line().is_wrong
    Send.objects.all().delete()
    send(scene.alert(now=now()).alert_id, 1)
    assert went_as(meta)[-1] == BUTTON


def test_a_button_that_meta_paused_or_refuses_loses_no_reader(meta: CloudApi) -> None:
    scene.readers(3, None, now=now(), channel="whatsapp")
    hand_in_and_approve(meta)
    # Edited by hand at Meta since, which nobody told us.
    meta.templates.kept["alert_button", "en"].components.pop()
    first = scene.alert(now=now())
    send(first.alert_id, 1)
    assert went_as(meta) == [("alert", ())] * 3
    meta.templates.kept["alert_button", "en"].status = "PAUSED"
    scene.alert_revision(first.alert, 2, "correction", now=now())
    send(first.alert_id, 2)
    assert went_as(meta) == [("alert", ())] * 6


def test_without_a_site_there_is_no_such_template_to_hand_in(
    meta: CloudApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_WHATSAPP_SITE", "")
    (listed,) = listed_templates(now=now())
    assert "alert_button" not in {each.own.name for each in listed.lines}
