"""A series in a browser: made, a message put between two others, started, and shown as mail."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from digest.kit.clock import now
from digest.models import SeriesStep
from digest.staff.access import Role
from tests.browser.axe import violations
from tests.browser.conftest import Pictures
from tests.browser.door import already_in
from tests.browser.posting import elsewhere
from tests.web import desk_day

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk(page: Page, live_server: LiveServer) -> str:
    desk_day.newsletter(now())
    member = desk_day.member("Vera Lind", Role.CHIEF)
    already_in(page.context, live_server, member.email)
    return str(live_server.url)


def write(page: Page, number: int, subject: str) -> None:
    message = page.get_by_role("group", name=f"Message {number}")
    message.get_by_label("Subject").fill(subject)
    message.get_by_label("Words").fill(f"Words of {subject}.")


def steps() -> dict[str, tuple[int, int]]:
    """Place and row of each message."""
    found: dict[str, tuple[int, int]] = {}
    rows = SeriesStep.objects.filter(position__gt=0)
    elsewhere(lambda: found.update({s.subject: (s.position, s.pk) for s in rows}))
    return found


@pytest.mark.parametrize("width", [1200, 375])
def test_a_message_is_put_between_two_others(
    page: Page, desk: str, pictures: Pictures, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 850})
    page.goto(f"{desk}/desk/new-series")
    page.get_by_label("Name").fill("First weeks")
    page.get_by_label("For who begins to follow").select_option(index=1)
    write(page, 1, "How we work")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_text("First weeks is saved.")).to_be_visible()
    write(page, 2, "Three to keep")
    page.get_by_label("Name").press("Enter")  # as the button that saves, and none that inserts
    expect(page.get_by_role("group", name="Message 3")).to_be_visible()
    before = steps()
    assert {name: place for name, (place, _) in before.items()} == {
        "How we work": 1, "Three to keep": 2,
    }  # fmt: skip
    second = page.get_by_role("group", name="Message 2")
    second.get_by_label("Words").fill("Words that nobody saved yet.")
    second.get_by_role("button", name="Put a message before this one").click()
    expect(page.get_by_role("group", name="Message 2").get_by_label("Subject")).to_have_value("")
    expect(page.get_by_role("group", name="Message 2").get_by_label("Words")).to_have_value("")
    third = page.get_by_role("group", name="Message 3")
    expect(third.get_by_label("Words")).to_have_value("Words that nobody saved yet.")
    expect(page.get_by_text("Not saved yet.")).to_be_visible()
    write(page, 2, "Between")
    pictures.of_page(page, f"series-{width}", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_role("listitem").filter(has_text="Between")).to_be_visible()
    after = steps()
    assert [after[name][0] for name in ("How we work", "Between", "Three to keep")] == [1, 2, 3]
    assert after["Three to keep"][1] == before["Three to keep"][1]
    page.get_by_role("button", name="Let it run").click()
    expect(page.get_by_text("Who confirms from now on gets it.").first).to_be_visible()
    assert violations(page) == []
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Show its mail").first.click()
    expect(opened.value.get_by_role("heading", name="How we work")).to_be_visible()
