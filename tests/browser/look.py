"""Pictures of every page of the desk, to look at: not a test, and not collected.

``DIGEST_PICTURES=folder python -m pytest tests/browser/look.py``
"""

import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from digest.kit.clock import now
from digest.models import Alert, Article, Edition, Feed, FeedCheck, Member, Story, Subscriber
from digest.newsdesk.alerts.issue import issue
from digest.newsdesk.alerts.raise_alert import raise_alert
from digest.newsdesk.alerts.watch import watch
from digest.newsdesk.editions.curate import kill, pin, reword
from digest.newsdesk.editions.publish import publish
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.plan import plan_alert, plan_edition
from digest.staff.door_links import key_for
from digest.staff.managing import invite
from tests.browser.door import by_password
from tests.web import desk_day

KNOWN = "What is known so far: little, and the coast guard has two ships on the way."
WIDTHS = [int(width) for width in os.environ.get("DIGEST_WIDTHS", "375,1200,1440").split(",")]
LOOKS = [(width, scheme) for width in WIDTHS for scheme in ("light", "dark")]


@pytest.fixture
def pictures() -> Path:
    """Where they go: this is run for nothing else."""
    return Path(os.environ.get("DIGEST_PICTURES", "/tmp/digest-pictures"))


def a_days_editions(moment: datetime, chief: Member) -> Edition:
    """One edition as an editor left it, one held, one sent; the first of them."""
    edition = desk_day.edition(moment)
    weekly = desk_day.edition(moment, minutes=600, slug="the-week", name="The week ahead")
    Edition.objects.filter(pk=weekly.pk).update(
        state="held", state_reason="It missed its hour by 45 minutes.", lock_version=9
    )
    for number in range(240):
        desk_day.reader(
            f"reader{number}@example.org", moment, on=edition.newsletter, alerts=number % 2 == 0
        )
    for number in range(30):
        desk_day.reader(f"+6591230{number:03}", moment, on=edition.newsletter, alerts=True)
    items = list(edition.items.order_by("position"))
    lock = edition.lock_version
    lock = pin(edition.pk, items[0].pk, lock_version=lock, member=chief, now=moment).lock_version
    lock = reword(
        edition.pk, items[1].pk, "An editor’s own headline, shorter and plainer", "",
        lock_version=lock, member=chief, now=moment,
    ).lock_version  # fmt: skip
    kill(edition.pk, items[4].pk, lock_version=lock, member=chief, now=moment)
    sent = desk_day.edition(moment, minutes=300, slug="business", name="Business at noon")
    publish(sent.pk, now=moment, by=chief)
    for send in plan_edition(sent.pk, 1, now=moment).send_ids:
        fan_out(send, now=moment)
    return edition


def a_days_alerts(
    moment: datetime, chief: Member, stories: dict[str, Story]
) -> tuple[Story, Alert, Alert]:
    """The story that breaks, an alert that is drafted and one that is out."""
    some = list(stories.values())
    burst = stories["seohae-pearl-ferry-fire"] if "seohae-pearl-ferry-fire" in stories else some[3]
    reports = Article.objects.filter(story_article__story=burst)
    for number, report in enumerate(reports):
        report.published_at = moment - timedelta(minutes=number)
        report.save()
    Story.objects.filter(pk=burst.pk).update(last_at=moment)
    watch(now=moment)
    out = raise_alert(
        some[0].pk, some[0].headline[:110], "What is known so far.", member=chief, now=moment
    )
    issue(out.alert_id, member=chief, now=moment)
    for send in plan_alert(out.alert_id, 1, now=moment).send_ids:
        fan_out(send, now=moment)
    drafted = raise_alert(
        some[1].pk, some[1].headline[:110], "What is known so far.", member=chief, now=moment
    )
    draft = Alert.objects.get(pk=drafted.alert_id)
    return burst, draft, Alert.objects.get(pk=out.alert_id)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_pictures(live_server: LiveServer, browser: Browser, pictures: Path) -> None:
    moment = now()
    chief = desk_day.member("Vera Lind", "chief")
    stories = desk_day.stories(moment)
    edition = a_days_editions(moment, chief)
    burst, draft, issued = a_days_alerts(moment, chief, stories)
    guest = invite("new@desk.example", "Nora New Hand", "editor", now=moment, by=chief)
    pages = {
        "wire": "/desk/",
        "sheet": f"/desk/editions/{edition.public_id}/",
        "sheet-whatsapp": f"/desk/editions/{edition.public_id}/?show=whatsapp",
        "story": f"/desk/stories/{burst.public_id}/",
        "editions": "/desk/editions/",
        "alerts": "/desk/alerts/",
        "raise": f"/desk/alerts/raise?story={list(stories.values())[2].public_id}",
        "alert-draft": f"/desk/alerts/{draft.public_id}/",
        "alert-out": f"/desk/alerts/{issued.public_id}/",
        "sends": "/desk/sends/",
        "audit": "/desk/audit/",
        "topics": "/desk/topics/",
        "topic": "/desk/topics/chips-and-ai/",
        "topic-new": "/desk/new-topic",
        "aliases": "/desk/aliases",
        "calendar": "/desk/calendar",
        "figures": "/desk/figures/",
        "newsletters": "/desk/newsletters/",
        "newsletter-new": "/desk/new-newsletter",
        "newsletter": "/desk/newsletters/the-week/",
        "me": "/desk/me",
        "lost-password": "/desk/lost-password",
        "choose-password": f"/desk/choose-password/{key_for(guest)}",
        "members": "/desk/members/",
        "member": f"/desk/members/{guest.pk}/",
        "readers": "/desk/readers/",
        "reader": f"/desk/readers/{Subscriber.objects.order_by('pk')[0].public_id}/",
    }
    pictures.mkdir(parents=True, exist_ok=True)
    for width, scheme in LOOKS:
        context = browser.new_context(
            viewport={"width": width, "height": 1500 if width < 500 else 900}, color_scheme=scheme
        )
        page = context.new_page()
        page.goto(f"{live_server.url}/desk/")
        page.screenshot(path=pictures / f"sign-in-{width}-{scheme}.png")
        by_password(page, chief.email)
        for name, path in pages.items():
            page.goto(f"{live_server.url}{path}")
            page.wait_for_load_state("networkidle")
            page.screenshot(path=pictures / f"{name}-{width}-{scheme}.png")
        context.close()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_pictures_of_feeds(live_server: LiveServer, browser: Browser, pictures: Path) -> None:
    moment = now()
    editor = desk_day.member("Vera Lind", "chief")
    desk_day.stories(moment)
    feeds = list(Feed.objects.order_by("pk"))
    for number, feed in enumerate(feeds):
        feed.checked_at = moment - timedelta(minutes=number)
        feed.succeeded_at = moment - timedelta(hours=number)
        feed.newest_at = moment - timedelta(hours=number * number)
        feed.usual_gap, feed.latency_ms = timedelta(minutes=40), 180 + number * 400
        feed.folder = ("World/Asia", "Business", "")[number % 3]
        feed.next_check_at = moment + timedelta(minutes=7)
        for place in range(14):
            FeedCheck.objects.create(
                feed=feed, at=moment - timedelta(minutes=30 * place), place=place,
                outcome="timeout" if place == 3 else "pushed" if place % 2 else "ok",
                new_articles=(place * 7 + number) % 5, took_ms=200 + place, size_bytes=40_000,
                reason="harbour.example did not send the whole answer within 20 seconds."
                if place == 3 else "", unchanged_before=place,
            )  # fmt: skip
    broken, held, pushed = feeds[1], feeds[2], feeds[0]
    broken.failures, broken.error_reason = 5, "No server is known as x.example: check the spelling."
    held.state, held.state_reason = "paused", "Paused by Ann Ito."
    pushed.hub_url, pushed.hub_state = "https://hub.example/", "live"
    pushed.hub_lease_until = moment + timedelta(days=6)
    Feed.objects.bulk_update(
        feeds,
        ["checked_at", "succeeded_at", "newest_at", "usual_gap", "latency_ms", "folder", "failures",
         "error_reason", "state", "state_reason", "hub_url", "hub_state", "hub_lease_until",
         "next_check_at"],
    )  # fmt: skip
    pages = {
        "feeds": "/desk/feeds/",
        "feed": f"/desk/feeds/{pushed.pk}/",
        "feed-failing": f"/desk/feeds/{broken.pk}/",
    }
    pictures.mkdir(parents=True, exist_ok=True)
    for width, scheme in LOOKS:
        context = browser.new_context(
            viewport={"width": width, "height": 1500 if width < 500 else 900}, color_scheme=scheme
        )
        page = context.new_page()
        page.goto(f"{live_server.url}/desk/")
        by_password(page, editor.email)
        for name, path in pages.items():
            page.goto(f"{live_server.url}{path}")
            page.wait_for_load_state("networkidle")
            page.screenshot(path=pictures / f"{name}-{width}-{scheme}.png")
        context.close()
