"""A reader in a real browser: signs up, confirms, receives, leaves; also without scripts."""

import re
from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from digest.kit.clock import now
from digest.models import Edition, Newsletter, Schedule, Subscription
from digest.newsdesk.editions.compose import compose_next
from digest.newsdesk.editions.publish import publish
from tests.browser.posting import deliver, elsewhere
from tests.fakes.smtp import Sink, Taken
from tests.web import desk_day
from workers.outbound import slots

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
READER = "noor.halim@example.org"


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A phone, with and without JavaScript, in a reader's own zone."""
    context = browser.new_context(
        viewport={"width": 375, "height": 800},
        java_script_enabled=request.param,
        timezone_id="Asia/Singapore",
    )
    yield context.new_page()
    context.close()


@pytest.fixture
def edition(sink: Sink) -> Edition:
    """Stories, topics, and a draft of the morning briefing."""
    desk_day.stories(now())
    return desk_day.edition(now())


def link(mail: Taken, path: str) -> str:
    """The first link of that kind in the mail's text part."""
    part = mail.message.get_body(preferencelist=("plain",))
    assert part is not None
    found = re.search(rf"http://[^\s>]+/{path}/[^\s>]+", part.get_content())
    assert found, part.get_content()
    return found.group()


def to_reader(sink: Sink) -> list[Taken]:
    return [mail for mail in sink.taken if mail.recipient == READER]


def follows() -> bool:
    """Whether the reader has any subscription that mail is sent for."""
    return Subscription.objects.filter(state="active", address__value=READER).exists()


def signed_up(page: Page, live_server: LiveServer, *picks: str) -> None:
    page.goto(f"{live_server.url}/subscribe")
    for pick in picks:
        page.get_by_role("checkbox", name=pick).check()
    page.get_by_label("Your email").fill(READER)
    page.get_by_role("button", name="Join").click()
    page.wait_for_url("**/subscribe/sent*")


def test_a_reader_signs_up_confirms_receives_and_leaves(
    page: Page, live_server: LiveServer, edition: Edition, sink: Sink
) -> None:
    desk_day.reader("stays@example.org", now(), on=edition.newsletter)
    signed_up(page, live_server, "Morning briefing")
    elsewhere(deliver)
    page.goto(link(to_reader(sink)[0], "confirm"))
    assert not follows()
    page.get_by_role("button", name="Yes, send me these").click()
    expect(page.get_by_role("heading", name="You are in")).to_be_visible()

    elsewhere(deliver)
    _, welcome = to_reader(sink)
    assert welcome.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    elsewhere(lambda: publish(edition.pk, now=now(), by="by rule"), deliver)
    _, _, digest = to_reader(sink)
    lead = edition.items.order_by("position")[0].story.headline
    assert str(digest.message["Subject"]) == lead
    assert digest.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    page.goto(link(digest, "unsubscribe"))
    assert follows()
    page.get_by_role("button", name="Leave it").click()
    expect(page.get_by_role("heading", name="You have left")).to_be_visible()
    assert not follows()

    assert edition.newsletter is not None
    later = another(edition.newsletter)
    elsewhere(lambda: publish(later.pk, now=now(), by="by rule"), deliver)
    assert len(to_reader(sink)) == 3
    assert [mail.recipient for mail in sink.taken].count("stays@example.org") == 2


def another(newsletter: Newsletter) -> Edition:
    """Today's edition of the same newsletter: the one that went becomes yesterday's."""
    day = timedelta(days=1)
    for each in Edition.objects.filter(newsletter=newsletter):
        each.slot_at, each.local_date = each.slot_at - day, each.local_date - day
        each.save()
    made = compose_next(newsletter.pk, now=now())
    return Edition.objects.get(pk=made.edition_ids[0])


def due_now(schedule: Schedule) -> None:
    """Let the reader's hour be this minute, so that the digest covers the day before it."""
    moment = now().replace(second=0, microsecond=0)
    schedule.local_time = moment.astimezone(ZoneInfo(schedule.time_zone)).time()
    schedule.next_due_at = moment
    schedule.save()


def test_a_topic_digest_comes_with_the_topics_stories_alone(
    page: Page, live_server: LiveServer, edition: Edition, sink: Sink
) -> None:
    signed_up(page, live_server, "Korean peninsula relations")
    elsewhere(deliver)
    page.goto(link(sink.taken[0], "confirm"))
    page.get_by_role("button", name="Yes, send me these").click()
    expect(page.get_by_role("heading", name="You are in")).to_be_visible()
    elsewhere(deliver)
    due_now(Schedule.objects.get())
    elsewhere(slots, deliver)
    _, _welcome, digest = to_reader(sink)
    part = digest.message.get_body(preferencelist=("plain",))
    assert part is not None
    text = part.get_content()
    assert "Pyongyang" in text
    assert "Corvane in talks over second chip plant" not in text
    page.goto(link(digest, "unsubscribe"))
    page.get_by_role("button", name=re.compile("^Leave (it|them)")).click()
    expect(page.get_by_role("heading", name="You have left")).to_be_visible()
