"""An editor reads what a send costs before it goes, where its provider bills each message."""

import re
from typing import Any

import pytest
from django.test import Client

from digest.kit.clock import now
from digest.models import Alert, ChannelFact
from digest.staff.access import Role
from tests.web import desk_day

pytestmark = pytest.mark.django_db
RATES = "currency USD; SG marketing 0.0732; MY marketing 0.086; SG utility 0.0217"


@pytest.fixture(autouse=True)
def rates(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DIGEST_CHANNELS = ["email", "whatsapp"]
    monkeypatch.setenv("DIGEST_WHATSAPP_RATES", RATES)


def said(client: Client, path: str) -> str:
    page = re.sub(r"<[^>]*>", " ", client.get(path).content.decode())
    return " ".join(page.split())


def test_the_sheet_of_an_edition_tells_the_sum_and_each_country(client: Client) -> None:
    client.force_login(desk_day.member(role=Role.CHIEF))
    desk_day.stories(now())
    edition = desk_day.edition(now())
    newsletter = edition.newsletter
    path = f"/desk/editions/{edition.public_id}/"
    assert "costs at most" not in said(client, path)
    for number in ("+6591234567", "+6591234568", "+60123456789", "+33612345678"):
        desk_day.reader(number, now(), on=newsletter)
    desk_day.reader("one@example.org", now(), on=newsletter)
    edition.lock_version += 1
    edition.save()
    page = said(client, path)
    assert "By WhatsApp it costs at most USD 0.23, billed as marketing." in page
    assert "leaves out one reader in countries without a rate" in page
    assert "Singapore: 2, USD 0.15" in page and "France: 1, no rate" in page


def test_the_page_of_an_alert_goes_by_the_category_that_meta_gave(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(desk_day.member(role=Role.CHIEF))
    story = next(iter(desk_day.stories(now()).values()))
    for number in ("+6591234567", "+6591234568"):
        desk_day.reader(number, now(), alerts=True)
    told = {"story": str(story.public_id), "headline": "Ferry on fire", "summary": "All are safe."}
    path = client.post("/desk/alerts/raise", told).url
    assert "By WhatsApp it costs at most USD 0.15, billed as marketing." in said(client, path)
    ChannelFact.objects.create(
        channel="whatsapp", name="category:alert:en", value={"category": "UTILITY"}, told_at=now()
    )
    assert "at most USD 0.04, billed as utility." in said(client, path)
    monkeypatch.setenv("DIGEST_WHATSAPP_RATES", "")
    assert "What it costs by WhatsApp is not known" in said(client, path)
    Alert.objects.update(state="issued")
    assert "What it costs" not in said(client, path)
