"""Readers order their channels for alerts by keyboard alone and without JavaScript; an editor adds
words in another language.
"""

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from digest.audience.core import tokens
from digest.audience.preferring import alert_order
from digest.kit.clock import now
from digest.models import Subscriber, Subscription
from digest.newsdesk.alerts.raise_alert import raise_alert
from digest.staff.access import Role
from tests.browser.conftest import Pictures
from tests.browser.door import already_in
from tests.scenes import scene
from tests.web import desk_day, newsroom

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def both() -> list[Subscription]:
    """A reader of Arabic by mail, and of the same person's other mailbox."""
    newsroom.offer()
    made = [
        scene.reader(None, f"{name}@readers.example", now=now())
        for name in ("noor.halim", "noor.at.work")
    ]
    Subscriber.objects.update(locale="ar", languages=["ar"])
    return made


def path(of: Subscription) -> str:
    return "/preferences/" + tokens.preferences_token(settings.SECRET_KEY, of.address_id)


@pytest.mark.parametrize("width", [375, 1200])
def test_channels_are_ordered_by_keyboard_without_javascript_in_arabic(
    browser: Browser,
    live_server: LiveServer,
    both: list[Subscription],
    pictures: Pictures,
    width: int,
) -> None:
    context = browser.new_context(
        java_script_enabled=False, viewport={"width": width, "height": 800}
    )
    page = context.new_page()
    page.goto(live_server.url + path(both[0]))
    part = page.get_by_role("region", name="التنبيهات على عدة قنوات")
    part.get_by_text("إضافة قناة أخرى").focus()
    page.keyboard.press("Enter")
    field = part.get_by_label("رابط اشتراكاتك هناك")
    field.focus()
    page.keyboard.insert_text("https://elsewhere.example/")
    page.keyboard.press("Enter")
    expect(part.get_by_role("alert")).to_contain_text("هذا ليس رابطاً")
    pictures.of_part(part, f"alert-channels-wrong-{width}")
    field.fill(live_server.url + path(both[1]))
    page.keyboard.press("Enter")
    expect(part.get_by_role("listitem")).to_have_count(2)
    pictures.of_part(part, f"alert-channels-{width}")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width, "nothing to scroll sideways to"
    part.get_by_role("button", name="تقديم").focus()
    page.keyboard.press("Enter")
    expect(part.get_by_role("listitem")).to_have_count(2)
    order = [each.address_id for each in alert_order.order_of(both[0].address_id)]
    assert order == [both[1].address_id, both[0].address_id]
    context.close()


@pytest.mark.parametrize("width", [375, 1200])
def test_an_editor_adds_korean_and_sees_it_as_its_readers_will(
    page: Page, live_server: LiveServer, pictures: Pictures, width: int
) -> None:
    moment = now()
    story = next(iter(desk_day.stories(moment).values()))
    desk_day.reader("r1@example.org", moment, alerts=True)
    member = desk_day.member("Vera Lind", Role.CHIEF)
    raise_alert(story.pk, "Ferry on fire off the coast", "", member=member, now=moment)
    page.set_viewport_size({"width": width, "height": 900})
    already_in(page.context, live_server, member.email)
    page.goto(live_server.url + "/desk/alerts/")
    page.get_by_role("link", name="Ferry on fire off the coast").first.click()
    page.get_by_text("In other languages").click()
    page.get_by_text("한국어", exact=True).click()
    page.get_by_role("group", name="한국어").get_by_label("Headline").fill("해안에서 여객선 화재")
    page.get_by_role("button", name="Save, and look at them").click()
    page.get_by_role("link", name="한국어").click()
    expect(page.get_by_role("link", name="한국어")).to_have_attribute("aria-current", "true")
    expect(page.get_by_role("main")).to_contain_text("해안에서 여객선 화재")
    pictures.of_page(page, f"alert-languages-{width}", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
