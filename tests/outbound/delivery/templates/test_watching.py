"""What is handed in is watched: at the desk, by the doctor, on the command line, by webhook."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client

from digest.kit.clock import now
from digest.management.examination.templates import templates as examined
from digest.models import AuditEntry, ChannelFact, Message
from digest.outbound.channels import registry
from digest.outbound.channels.whatsapp.stand_in.account import TemplateStore
from digest.outbound.delivery.ledger import channel_facts
from digest.outbound.delivery.templates import watch
from digest.outbound.delivery.templates.listing import listed_templates
from digest.outbound.returns.take import take_events
from digest.staff.access import Role
from tests.fakes.in_thread import in_thread
from tests.fakes.whatsapp import TOKEN, CloudApi, serve
from tests.web import desk_day

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "a-secret"


@pytest.fixture
def meta(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[CloudApi]:
    """An account that holds nothing yet."""
    settings.DIGEST_CHANNELS = ["email", "whatsapp"]
    settings.DIGEST_LANGUAGE = "ko"
    with in_thread(CloudApi(templates=TemplateStore()), serve) as api:
        for name, value in (
            ("URL", api.url), ("TOKEN", TOKEN), ("ACCOUNT_ID", api.account_id),
            ("PHONE_ID", api.phone_id), ("APP_SECRET", SECRET),
        ):  # fmt: skip
            monkeypatch.setenv(f"DIGEST_WHATSAPP_{name}", value)
        yield api


def said(*words: str) -> Any:
    out = StringIO()
    call_command("templates", *words, "--json", stdout=out)
    return json.loads(out.getvalue())


def line(key: str) -> Any:
    (listed,) = listed_templates(now=now())
    return next(each for each in listed.lines if each.own.key == key)


def judge(api: CloudApi, key: str, status: str, reason: str = "NONE") -> None:
    name, language = key.split(":")
    stored = api.templates.kept[name, language]
    stored.status, stored.reason = status, reason


def look() -> None:
    assert watch.look(registry.spec("whatsapp"), now=now())


def test_the_command_hands_in_what_is_not_there_and_says_how_it_stands(meta: CloudApi) -> None:
    done = said("submit", "--name", "alert")
    assert len(done["submitted"]) == 9 and done["refused"] == []
    assert said("submit", "--name", "alert", "--language", "ko") == {"submitted": [], "refused": []}
    judge(meta, "alert:ko", "APPROVED")
    judge(meta, "alert:fr", "REJECTED", "PROMOTIONAL")
    rows = {f"{each['name']}:{each['language']}": each for each in said("look")["templates"]}
    assert (rows["alert:ko"]["state"], rows["alert:ko"]["usable"]) == ("approved", True)
    assert rows["alert:es"]["state"] == "in review"
    assert "promotes something" in rows["alert:fr"]["reason"]
    assert rows["confirm:ko"]["state"] == "not submitted"
    # The newsroom's own language stands first.
    assert next(iter(rows)) == "alert:ko"
    again = said("submit", "--name", "alert")
    assert again["submitted"] == [{"template": "alert:fr", "status": "pending"}]
    assert len(meta.templates.kept) == 9


def test_the_command_refuses_names_that_are_none_and_says_what_is_missing(
    meta: CloudApi, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    with pytest.raises(CommandError, match="There is no 'alrt'; there are alert, confirm"):
        said("submit", "--name", "alrt")
    monkeypatch.setenv("DIGEST_WHATSAPP_ACCOUNT_ID", "")
    with pytest.raises(CommandError, match="set DIGEST_WHATSAPP_ACCOUNT_ID"):
        said("look")
    settings.DIGEST_CHANNELS = ["email"]
    with pytest.raises(CommandError, match="No channel"):
        said("list")


def test_a_wrong_token_is_told_and_what_was_known_stays(
    meta: CloudApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    said("submit", "--name", "alert")
    monkeypatch.setenv("DIGEST_WHATSAPP_TOKEN", "another")
    with pytest.raises(CommandError, match=r"190 .*access token"):
        said("look")
    assert line("alert:ko").state == "in review"
    (finding,) = examined(now=now())
    assert finding.state == "warning" and "190" in finding.what


def test_it_is_looked_at_once_an_hour(meta: CloudApi) -> None:
    assert watch.watch_templates(now=now()).looked == 1
    assert watch.watch_templates(now=now()).looked == 0
    assert watch.watch_templates(now=now() + timedelta(hours=1)).looked == 1


def test_meta_s_webhook_is_heard_at_once(meta: CloudApi, client: Client) -> None:
    said("submit", "--name", "alert", "--language", "ko")
    value = {
        "event": "REJECTED", "reason": "INVALID_FORMAT", "message_template_id": 1,
        "message_template_name": "alert", "message_template_language": "ko",
    }  # fmt: skip
    change = {"field": "message_template_status_update", "value": value}
    low = value | {"new_quality_score": "RED", "previous_quality_score": "GREEN"}
    quality = {"field": "message_template_quality_update", "value": low}
    entry = [{"id": "1", "changes": [change, quality]}]
    body = json.dumps({"object": "whatsapp_business_account", "entry": entry}).encode()
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    answer = client.post(
        "/hooks/whatsapp",
        body,
        content_type="application/json",
        headers={"X-Hub-Signature-256": f"sha256={signature}"},
    )
    assert answer.status_code == 200
    take_events(now=now())
    found = line("alert:ko")
    assert (found.state, found.may_submit, found.quality) == ("rejected", True, "red")
    assert "fault in its form" in found.reason


def test_what_meta_deleted_is_noticed_and_can_be_handed_in_anew(meta: CloudApi) -> None:
    said("submit", "--name", "alert", "--language", "ko")
    judge(meta, "alert:ko", "ARCHIVED")
    look()
    archived = line("alert:ko")
    assert archived.is_wrong and "archive" in archived.remedy and not archived.may_submit
    meta.templates.kept.clear()
    look()
    assert line("alert:ko").state == "deleted"
    assert said("submit", "--name", "alert", "--language", "ko")["submitted"]


def test_what_nobody_uses_is_warned_of_before_meta_archives_it(meta: CloudApi) -> None:
    said("submit", "--name", "alert", "--language", "ko", "--language", "en")
    judge(meta, "alert:ko", "APPROVED")
    judge(meta, "alert:en", "APPROVED")
    look()
    ChannelFact.objects.filter(name__startswith="status:").update(
        told_at=now() - timedelta(days=61)
    )
    # Who reads French gets it in Korean: that is a use of the Korean one.
    Message.objects.create(
        kind="alert", source_id=1, revision=1, channel="whatsapp", language="fr",
        template="alert", template_version="1", content_hash="1", words={"language": "fr"},
        created_at=now() - timedelta(days=3),
    )  # fmt: skip
    look()
    assert line("alert:ko").state == "approved" and line("alert:ko").used_at is not None
    idle = line("alert:en")
    assert idle.state == "idle" and "Not used for 61 days" in idle.remedy
    assert any("alert in English is idle" in each.what for each in examined(now=now()))


def test_the_desk_lists_them_and_a_chief_hands_one_in_again(meta: CloudApi, client: Client) -> None:
    said("submit", "--name", "alert", "--language", "ko")
    judge(meta, "alert:ko", "REJECTED", "SCAM")
    look()
    client.force_login(desk_day.member(role=Role.CHIEF))
    page = client.get("/desk/templates/").content.decode()
    assert "Templates (1)" in page and "Meta takes it for a fraud." in page
    asked = {"channel": "whatsapp", "template": "alert:ko"}
    answer = client.post("/desk/templates/submit", asked, follow=True).content.decode()
    assert "is handed in" in answer and "in review" in answer
    assert meta.templates.kept["alert", "ko"].status == "PENDING"
    assert AuditEntry.objects.filter(verb="submitted", detail__template="alert:ko").count() == 2
    again = client.post("/desk/templates/submit", asked, follow=True).content.decode()
    assert "cannot be handed in now" in again
    for odd in ({}, {"channel": "email"}, {"channel": "whatsapp", "template": "x" * 900}):
        answer = client.post("/desk/templates/submit", odd, follow=True)
        assert "There is no such template" in answer.content.decode()
    looked = client.post("/desk/templates/look", {"channel": "whatsapp"}, follow=True)
    assert "Looked at just now" in looked.content.decode()


def test_an_editor_sees_and_hands_in_nothing(meta: CloudApi, client: Client) -> None:
    client.force_login(desk_day.member(role=Role.EDITOR))
    assert b"<form" not in client.get("/desk/templates/").content.split(b"<main")[1]
    answer = client.post("/desk/templates/submit", {"channel": "whatsapp", "template": "alert:ko"})
    assert answer.status_code == 403 and not meta.templates.kept


def test_facts_of_another_time_do_not_disturb(meta: CloudApi) -> None:
    with transaction.atomic():
        channel_facts.note("whatsapp", "status:alert:ko", {"status": ["x"]}, at=now())
        channel_facts.note("whatsapp", "id:gone:xx", {"id": "1"}, at=now())
    look()
    assert line("alert:ko").state == "not submitted"
