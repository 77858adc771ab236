"""The sample readers confirm for themselves alone, and their hours are theirs again afterwards."""

import json
from datetime import UTC, datetime, time, timedelta
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pytest_django import Settings

from digest.demo import confirming, first_day, newsroom, setting
from digest.demo.feeds import build_feeds
from digest.demo.stages import Journey
from digest.intake.articles.ingest import ingest
from digest.intake.feeds.formats.parse import Parsed, parse
from digest.management import stand_ins
from digest.models import (
    Article,
    Edition,
    Feed,
    JoinRequest,
    Newsletter,
    Schedule,
    Subscription,
    Topic,
)
from digest.newsdesk.editions.compose import compose_due
from tests.audience.conftest import Newsroom

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)


def test_a_strangers_confirmation_is_left_to_the_stranger(tmp_path: Path) -> None:
    shown = stand_ins.shown(("email", "whatsapp"), tmp_path)
    mails, bubbles = (each.folder for each in shown)
    (mails / "new").mkdir(parents=True)
    bubbles.mkdir()
    for number, to in enumerate(("amy@reader.example", "stranger@here.example")):
        mail = EmailMessage()
        mail["To"] = to
        mail.set_content(f"Confirm: http://127.0.0.1:8000/confirm/{to[:3]}")
        (mails / "new" / f"{number}.eml").write_bytes(mail.as_bytes())
    record = {"preview": "http://127.0.0.1:8000/confirm/wa", "request": {"to": "6599990000"}}
    (bubbles / "messages.jsonl").write_text(json.dumps(record) + "\n")
    found = confirming.links(shown, {"amy@reader.example"})
    assert found == {"http://127.0.0.1:8000/confirm/amy"}
    assert confirming.links(shown, {"+6599990000"}) == {record["preview"]}
    assert len(confirming.links(shown)) == 3


@pytest.mark.django_db
def test_hours_that_were_brought_forward_are_put_back() -> None:
    newsroom = Newsroom()
    address = newsroom.reader(topics=("korea",))
    letter = Newsletter.objects.first()
    assert letter is not None
    before = setting.hours(letter.slug)
    setting.bring_slots_forward(letter.slug, at=NOW)
    setting.put_hours_back(letter.slug, before, now=NOW)
    letter.refresh_from_db()
    assert (letter.local_time, letter.days) == before.newsletter
    schedule = Schedule.objects.get(address=address)
    assert (schedule.local_time, schedule.days) == before.schedules[schedule.pk]
    assert schedule.local_time != time(9)
    assert schedule.next_due_at is not None
    assert schedule.next_due_at > NOW


@pytest.mark.django_db
def test_a_draft_that_is_there_shortly_before_its_hour_is_brought_forward_too() -> None:
    Newsroom()
    letter = Newsletter.objects.first()
    assert letter is not None
    letter.local_time, letter.days, letter.time_zone = time(9, 20), "1234567", "UTC"
    letter.lead = timedelta(minutes=30)
    letter.save()
    compose_due(now=NOW)
    draft = Edition.objects.get(newsletter=letter)
    at = NOW + timedelta(seconds=6)
    setting.bring_slots_forward(letter.slug, at=at)
    slots = Edition.objects.filter(newsletter=letter).values_list("state", "slot_at")
    assert (draft.state, [*slots]) == ("draft", [("draft", at)])


@pytest.mark.django_db
def test_readers_sign_up_although_the_newsroom_s_own_places_follow_already(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings.DIGEST_CHANNELS = [each.name for each in newsroom.channels()]
    settings.DIGEST_HOME = tmp_path
    setting.furnish("http://127.0.0.1:9", now=NOW)
    assert Subscription.objects.exists()
    gone_through: list[object] = []
    monkeypatch.setattr(Journey, "first_day", lambda self, readers: gone_through.append(readers))
    assert first_day.play()
    signed_up = JoinRequest.objects.count()
    assert signed_up == len(setting.forms()) > 0
    assert first_day.play(), "as long as nothing was sent, and nobody signs up twice"
    assert JoinRequest.objects.count() == signed_up and len(gone_through) == 2


@pytest.mark.django_db
def test_a_second_start_keeps_what_an_editor_changed_of_topics_and_newsletters() -> None:
    setting.furnish("http://127.0.0.1:9", now=NOW)
    Topic.objects.filter(slug="sport").update(query="cricket", name="Cricket")
    Newsletter.objects.filter(slug="the-week-at-sea").update(name="At sea", local_time="11:00")
    Newsletter.objects.get(slug="the-week-at-sea").topics.clear()
    setting.furnish("http://127.0.0.1:9", now=NOW)
    assert Topic.objects.get(slug="sport").query == "cricket"
    at_sea = Newsletter.objects.get(slug="the-week-at-sea")
    assert (at_sea.name, f"{at_sea.local_time:%H:%M}") == ("At sea", "11:00")
    assert not at_sea.topics.exists()


@pytest.mark.django_db
def test_a_second_start_at_another_port_doubles_neither_feeds_nor_articles() -> None:
    def served(port: int) -> tuple[int, int]:
        base = f"http://127.0.0.1:{port}"
        setting.furnish(base, now=NOW)
        documents = build_feeds(NOW, base)
        for feed in Feed.objects.all():
            kind, body = documents[urlsplit(feed.url).path]
            assert feed.url.startswith(base)
            parsed = parse(body, {"content-type": kind}, feed.url)
            assert isinstance(parsed, Parsed)
            ingest(feed.pk, parsed, now=NOW)
        return Feed.objects.count(), Article.objects.filter(duplicate_of=None).count()

    first = served(9_001)
    assert min(first) > 10
    assert served(9_002) == first == served(9_001)
