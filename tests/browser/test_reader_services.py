"""Reader services in a real browser: one reader is found, explained on the phone, and barred."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from digest.kit.clock import now
from digest.models import Address, Attempt, Delivery, Suppression
from digest.newsdesk.editions.publish import publish
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.plan import plan_edition
from digest.staff.access import Role
from tests.browser.desk_world import open_menu
from tests.browser.door import already_in
from tests.browser.posting import elsewhere
from tests.web import desk_day

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
NOOR = "noor.halim@example.org"


@pytest.fixture
def rea(page: Page, live_server: LiveServer) -> str:
    """Rea of reader services is signed in; Noor's edition was deferred once and then bounced."""
    moment = now()
    desk_day.stories(moment)
    edition = desk_day.edition(moment)
    desk_day.reader(NOOR, moment, on=edition.newsletter)
    publish(edition.pk, now=moment, by=desk_day.member("Vera Lind", Role.CHIEF))
    for send in plan_edition(edition.pk, 1, now=moment).send_ids:
        fan_out(send, now=moment)
    row = Delivery.objects.get()
    Attempt.objects.create(
        send_id=row.send_id, address_id=row.address_id, number=1, at=moment, result="deferred",
        code=451, reply="4.7.1 greylisted, come back later",
    )  # fmt: skip
    Delivery.objects.update(
        state=Delivery.State.SENT, sent_at=moment, next_try_at=None, outcome_at=moment,
        outcome=Delivery.Outcome.SOFT_BOUNCE, reply="452 4.2.2 mailbox full",
    )  # fmt: skip
    member = desk_day.member("Rea Der", Role.SERVICES)
    already_in(page.context, live_server, member.email)
    page.goto(live_server.url + "/desk/")
    return live_server.url


@pytest.mark.parametrize("width", [1440, 375])
def test_a_readers_history_is_explained_and_the_address_barred(
    page: Page, rea: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    open_menu(page)
    page.get_by_role("link", name="Readers").click()
    page.get_by_label("A reader’s address").fill("somebody@example.org")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="Nobody has this address")).to_be_visible()
    page.get_by_label("A reader’s address").fill(f" {NOOR.upper()}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=NOOR)).to_be_visible()
    assert NOOR not in page.url
    expect(page.get_by_text("Accepted, then sent back: not now.")).to_be_visible()
    expect(page.get_by_text("452 4.2.2 mailbox full")).to_be_visible()
    page.get_by_text("Tried 1 time before").click()
    expect(page.get_by_text("451 4.7.1 greylisted, come back later")).to_be_visible()
    expect(page.get_by_text("Why: They asked for Morning briefing")).to_be_visible()
    page.reload()
    page.get_by_text("Never write there again").click()
    page.get_by_label("Why").fill("Asked on the phone")
    page.get_by_role("button", name="Bar the address").click()
    expect(page.get_by_text("Asked on the phone (Rea Der)")).to_be_visible()
    reasons: list[str] = []
    elsewhere(lambda: reasons.append(Suppression.objects.get().reason))
    assert reasons == ["editor"]
    page.go_back()
    expect(page.get_by_role("heading", name="Readers")).to_be_visible()


def test_a_forgotten_reader_leaves_a_trace_without_an_address(page: Page, rea: str) -> None:
    page.goto(f"{rea}/desk/readers/")
    page.get_by_label("A reader’s address").fill(NOOR)
    page.get_by_role("button", name="Find").click()
    with page.expect_download() as taken:
        page.get_by_role("link", name="All that is stored, as a file").click()
    assert NOOR in taken.value.path().read_text()
    page.get_by_text("Forget this reader").click()
    page.get_by_role("button", name="Forget the reader").click()
    expect(page.get_by_text("The reader is forgotten")).to_be_visible()
    left: list[int] = []
    elsewhere(lambda: left.append(Address.objects.count()))
    assert left == [0]
    assert NOOR not in page.evaluate("JSON.stringify(localStorage)")
    page.get_by_label("A reader’s address").fill(NOOR)
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_text("Nobody has this address now. What is left of it")).to_be_visible()
