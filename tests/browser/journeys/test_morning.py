"""A morning by the keyboard alone: from no edition to one that has gone out on every channel."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from playwright.sync_api import Browser, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from digest.kit.clock import now
from digest.models import Delivery, Edition, Newsletter, Send
from digest.newsdesk.editions.publish import publish
from digest.outbound.channels import registry
from digest.outbound.channels.stand_in_server import serve
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.plan import plan_missing
from digest.outbound.delivery.sending.send import send_some
from digest.staff.access import Role
from digest.web.desk import kept
from tests.browser.axe import violations
from tests.browser.conftest import Pictures
from tests.browser.door import by_password
from tests.browser.posting import elsewhere
from tests.browser.top_reads import order
from tests.fakes.in_thread import in_thread
from tests.fakes.smtp import Sink
from tests.outbound.channels.places.networks import NETWORKS, settings_for
from tests.outbound.delivery.sending import test_push_kills as phones
from tests.scenes import scene
from tests.web import desk_day

pytestmark = [
    pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600),
    pytest.mark.django_db(transaction=True),
]  # fmt: skip
PHONES = (phones.browsers, phones.androids, phones.iphones, phones.chats, phones.numbers)
WORDS = "Ferry fire: all 214 are off the ship"
Reached = dict[str, Callable[[], int]]


@pytest.fixture
def reached(sink: Sink, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reached]:
    """A reader or a place of ours on each channel there is, and how many messages each has got."""
    settings.DIGEST_CHANNELS = list(registry.BUILT_IN)
    settings.DIGEST_ALLOWED_RECIPIENTS = ["*"]
    daily = desk_day.newsletter(now(), channels=settings.DIGEST_CHANNELS, pairs_of_eyes=2)
    desk_day.reader("noor@example.org", now(), on=daily)
    found: Reached = {"email": lambda: len(sink.taken)}
    with ExitStack() as there:
        for other in PHONES:
            wire = there.enter_context(other())
            for name, value in wire.environ.items():
                monkeypatch.setenv(name, value)
            address = scene.reader(daily, f"{wire.channel}@example.org", now=now()).address
            address.channel, address.value = wire.channel, wire.address(1)
            address.channel_data = wire.data
            address.save()
            found[wire.channel] = lambda wire=wire: len(wire.reached())
        for network in NETWORKS.values():
            server = there.enter_context(in_thread(network.server(), serve))
            for name, value in settings_for(network.name, server).items():
                monkeypatch.setenv(name, value)
            call_command(
                "places", "add", network.name, network.place, "--newsletter", daily.slug,
                stdout=StringIO(),
            )  # fmt: skip
            found[network.name] = lambda server=server: len(server.taken)
        kept.forget()
        yield found


def tab_to(page: Page, wanted: Locator, most: int = 150) -> None:
    """Press Tab until it has the focus, as somebody does who has no other way."""
    for _ in range(most):
        if wanted.evaluate("(it) => it === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} is not reached by Tab")


@pytest.mark.parametrize("width", [1440, 375])
def test_from_an_empty_desk_to_every_channel_by_keyboard_and_two_pairs_of_eyes(
    page: Page,
    browser: Browser,
    live_server: LiveServer,
    reached: Reached,
    pictures: Pictures,
    width: int,
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    desk_day.stories(now())
    desk_day.member("Vera Lind", Role.CHIEF)
    desk_day.member("Ann Ito", Role.EDITOR)
    keys = page.keyboard
    page.goto(live_server.url + "/desk/newsletters/")
    tab_to(page, page.get_by_label("Email"))
    keys.type("vera@desk.example")
    keys.press("Tab")
    keys.type(desk_day.PASSWORD)
    keys.press("Enter")
    page.wait_for_url("**/desk/newsletters/")
    tab_to(page, page.get_by_role("button", name="Make its next edition now"))
    keys.press("Enter")
    page.wait_for_url("**/desk/editions/**")
    sheet = page.url
    _curates(page)
    pictures.of_page(page, f"morning-curated-{width}")
    wanted = order(page)
    keys.press("g")
    # Who changed it last is the first of the two, and not the second one, too.
    expect(page.get_by_text("Two pairs of eyes must see")).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
    pictures.of_page(page, f"morning-first-{width}")
    second = browser.new_context(viewport={"width": width, "height": 900})
    other = second.new_page()
    other.goto(sheet)
    by_password(other, "ann@desk.example")
    other.wait_for_url(sheet)
    assert order(other) == wanted
    _approves(other)
    expect(other.get_by_text("Nothing more to do")).to_be_visible()
    pictures.of_page(other, f"morning-approved-{width}")
    # The first one's page learns of it by itself.
    expect(page.get_by_text("Nothing more to do")).to_be_visible()
    second.close()
    elsewhere(_goes_out)
    assert {name: count() for name, count in reached.items()} == dict.fromkeys(registry.BUILT_IN, 1)
    elsewhere(_all_are_sent)
    page.goto(live_server.url + "/desk/sends/")
    expect(page.get_by_role("heading", name="Morning briefing").first).to_be_visible()
    pictures.of_page(page, f"morning-sends-{width}", full_page=True)
    assert not violations(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def _curates(page: Page) -> None:
    """The second item to the top, with words of ours, and pinned there; the last one out."""
    before, keys = order(page), page.keyboard
    keys.press("j")
    keys.press("j")
    expect(page.locator(".item.on h3")).to_have_text(before[1])
    keys.press("ArrowUp")
    expect(page.locator(".items h3").first).to_have_text(before[1])
    keys.press("p")
    expect(page.locator(".items > .pinned h3")).to_have_text(before[1])
    keys.press("e")
    expect(page.locator(".items > .item").first.get_by_label("Headline").first).to_be_focused()
    keys.type(WORDS)
    keys.press("Enter")
    expect(page.locator(".items h3").first).to_have_text(WORDS)
    keys.press("Escape")
    expect(page.locator("#items textarea:visible")).to_have_count(0)
    for _ in range(len(before) + 1):
        keys.press("j")
    expect(page.locator(".item.on h3")).to_have_text(before[-1])
    keys.press("x")
    expect(page.locator(".killed h3")).to_have_text(before[-1])


def _approves(page: Page) -> None:
    page.keyboard.press("g")
    button = page.get_by_role("button", name="Approve", exact=True)
    expect(button).to_be_in_viewport(ratio=1)
    tab_to(page, button, most=4)
    page.keyboard.press("Enter")
    expect(button).to_have_count(0)


def _goes_out() -> None:
    edition = Edition.objects.get()
    assert edition.state == Edition.State.APPROVED
    publish(edition.pk, now=now(), by="by rule")
    plan_missing(now=now())
    for send in Send.objects.filter(kind="edition"):
        fan_out(send.pk, now=now())
        assert send_some(send.pk).ended == "drained"


def _all_are_sent() -> None:
    rows = Delivery.objects.filter(send__kind="edition").select_related("send")
    lost = {each.send.channel: each.reply for each in rows if each.state != Delivery.State.SENT}
    assert lost == {}
    assert {each.send.channel for each in rows} == set(Newsletter.objects.get().channels)
