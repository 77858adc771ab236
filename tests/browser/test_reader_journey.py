"""A reader's whole way in a real browser, by the keyboard alone and without scripts too."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from digest.audience.preferring.own_links import answer_wishes
from digest.kit.clock import now
from digest.models import Mute, Schedule, Story, Topic
from digest.newsdesk.alerts.issue import issue
from digest.newsdesk.alerts.raise_alert import raise_alert
from digest.newsdesk.editions.publish import publish
from digest.outbound.messages.links import short_code
from digest.staff.access import Role
from tests.browser.axe import violations
from tests.browser.posting import deliver, elsewhere, states
from tests.deadlines import patience
from tests.fakes.smtp import Sink, Taken
from tests.web import desk_day

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(600),  # dozens of pages, each looked at whole
    pytest.mark.django_db(transaction=True),
]
READER = "noor.halim@example.org"
MOST_STEPS = 90
PHONE, DESK = {"width": 375, "height": 812}, {"width": 1200, "height": 812}


@pytest.fixture(
    params=[(PHONE, True), (DESK, False)], ids=["phone-with-scripts", "desk-without-scripts"]
)
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A phone with scripts, a desk without them."""
    size, scripts = request.param
    context = browser.new_context(
        viewport=size, java_script_enabled=scripts,
        timezone_id="Asia/Singapore", reduced_motion="reduce",
    )  # fmt: skip
    context.set_default_timeout(patience(15) * 1000)
    yield context.new_page()
    context.close()


def link(mail: Taken, path: str) -> str:
    """The first link of that kind in the mail's text part."""
    part = mail.message.get_body(preferencelist=("plain",))
    assert part is not None
    found = re.search(rf"http://[^\s>]+/{path}/[^\s>]+", part.get_content())
    assert found, part.get_content()
    return found.group()


def newest(sink: Sink) -> Taken:
    elsewhere(lambda: answer_wishes(now=now()), deliver)
    return [mail for mail in sink.taken if mail.recipient == READER][-1]


def tab_to(page: Page, role: str, name: str | re.Pattern[str]) -> None:
    """Press Tab until the control of that role and name has the focus; it must show that it has."""
    wanted = page.get_by_role(role, name=name).first  # type: ignore[arg-type]
    expect(wanted).to_be_attached()
    for _ in range(MOST_STEPS):
        page.keyboard.press("Tab")
        if wanted.evaluate("each => each === document.activeElement"):
            return
    raise AssertionError(f"no Tab leads to the {role} {name!r}")


def test_by_the_keyboard_alone_from_the_front_page_to_leaving(
    page: Page, live_server: LiveServer, sink: Sink
) -> None:
    desk_day.stories(now())
    edition = desk_day.edition(now())
    publish(edition.pk, now=now(), by="by rule")
    topic = Topic.objects.get(name__startswith="Korean")
    _joins(page, live_server.url, sink)
    _chooses(page, sink, topic)
    _pauses_until_a_day(page)
    _rests_one_thing(page, topic)
    alert = _mutes(page, sink, edition.items.order_by("position")[0].story)
    _leaves(page, alert)


def _joins(page: Page, front: str, sink: Sink) -> None:
    """One field on the front page, and the mail that asks to confirm."""
    page.goto(front)
    tab_to(page, "textbox", "Your email")
    page.keyboard.type(READER)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Look into your inbox")).to_be_visible()
    page.goto(link(newest(sink), "confirm"))
    tab_to(page, "button", re.compile("Yes, send me these"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="You are in")).to_be_visible()
    assert states() == {"Morning briefing": "active"}
    tab_to(page, "button", re.compile("Mail me the link"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("on its way")


def _chooses(page: Page, sink: Sink, topic: Topic) -> None:
    """A topic and alerts more, at another hour."""
    page.goto(link(newest(sink), "preferences"))
    tab_to(page, "checkbox", re.compile(f"^{topic.name}"))
    page.keyboard.press("Space")
    tab_to(page, "checkbox", re.compile("^Breaking news"))
    page.keyboard.press("Space")
    tab_to(page, "combobox", "Hour")
    page.keyboard.type("18")
    tab_to(page, "button", "Save")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    assert set(states().values()) == {"active"} and len(states()) == 3
    hour: list[int] = []
    elsewhere(lambda: hour.append(Schedule.objects.get().local_time.hour))
    assert hour == [18]


def _pauses_until_a_day(page: Page) -> None:
    """What is changed during a pause leaves the pause alone."""
    day = (now() + timedelta(days=20)).date()
    page.get_by_label("Or until this day").fill(day.isoformat())
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    assert set(states().values()) == {"paused"}
    until = page.get_by_text("Nothing is sent until").text_content()
    page.get_by_label("Hour", exact=True).select_option("06:00")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Nothing is sent until")).to_have_text(until or "")
    assert set(states().values()) == {"paused"}
    page.get_by_label("Pause", exact=True).select_option("now")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("option", name="Not paused").first).to_be_attached()
    assert set(states().values()) == {"active"}
    # Axe is a script: on the page without them it would never end.
    if page.viewport_size == PHONE:
        assert violations(page) == []


def _rests_one_thing(page: Page, topic: Topic) -> None:
    """Its end is shown."""
    page.get_by_text("Pause one of them alone").click()
    page.locator(f"select[name='rest:topics:{topic.slug}']").select_option("7")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Paused until").first).to_be_visible()
    assert states()[topic.name] == "paused" and states()["Morning briefing"] == "active"


def _mutes(page: Page, sink: Sink, story: Story) -> Taken:
    """An alert comes, and there is to be no more about its story; the alert's mail."""
    chief = desk_day.member("Vera Lind", Role.CHIEF)
    elsewhere(lambda: _alert(story.pk, chief))
    alert = newest(sink)
    page.goto(f"{link(alert, 'preferences')}?story={short_code(story.public_id)}")
    tab_to(page, "button", "No more about this")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Tell me about it again")).to_be_visible()
    muted: list[int] = []
    elsewhere(lambda: muted.extend(Mute.objects.values_list("story_id", flat=True)))
    assert muted == [story.pk]
    return alert


def _leaves(page: Page, alert: Taken) -> None:
    """Gone with one button, by the keyboard."""
    page.goto(link(alert, "unsubscribe"))
    assert "ended" not in states().values()
    tab_to(page, "button", re.compile("^Leave everything"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="You have left")).to_be_visible()
    assert set(states().values()) == {"ended"}


def _alert(story_id: int, chief: Any) -> None:
    made = raise_alert(
        story_id, "All 214 taken off burning ferry", "The coast guard says so.",
        member=chief, now=now(),
    )  # fmt: skip
    issue(made.alert_id, member=chief, now=now())


def test_a_language_chosen_once_holds_on_every_page_and_at_the_next_visit(
    browser: Browser, live_server: LiveServer, sink: Sink
) -> None:
    desk_day.stories(now())
    context = browser.new_context(viewport={"width": 375, "height": 812}, locale="en-GB")
    page = context.new_page()
    page.goto(live_server.url)
    page.locator(".tongues summary").click()
    page.get_by_role("link", name="한국어").click()
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    page.locator(".mast nav a").nth(2).click()
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    page.go_back()
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    later = context.new_page()
    later.goto(f"{live_server.url}/archive")
    expect(later.locator("html")).to_have_attribute("lang", "ko")
    assert context.cookies() == []
    later.locator(".tongues summary").click()
    later.get_by_role("link", name="English").click()
    expect(later.locator("html")).to_have_attribute("lang", "en")
    later.goto(live_server.url)
    expect(later.locator("html")).to_have_attribute("lang", "en")
    context.close()
