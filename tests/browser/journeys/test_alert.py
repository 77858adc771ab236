"""An alert from a candidate on the wire to its withdrawal, and what its reader got of it."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from digest.models import AlertRevision
from tests.browser.axe import violations
from tests.browser.conftest import Pictures
from tests.browser.desk_world import Desk
from tests.browser.posting import deliver, elsewhere
from tests.fakes.smtp import Sink

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
WORDS, NEW = "Ferry fire: all 214 are off the ship", "Ferry fire: all 216 are off the ship"
WHY = "The coast guard has taken its count back."


@pytest.mark.parametrize("width", [1440, 375])
def test_a_candidate_is_raised_issued_corrected_and_withdrawn(
    page: Page, live_server: LiveServer, sink: Sink, pictures: Pictures, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    Desk(page, live_server)
    elsewhere(deliver)
    page.goto(live_server.url + "/desk/")
    expect(page.locator(".hot").first).to_be_visible()
    before = len(sink.taken)
    page.locator(".hot").first.get_by_role("button", name="Raise alert").press("Enter")
    page.wait_for_url(lambda url: "/alerts/" in url and "raise" not in url)
    page.locator("#headline").fill(WORDS)
    page.get_by_role("button", name="Issue the alert").press("Enter")
    expect(page.locator("header .tag").first).to_have_text("issued")
    elsewhere(deliver)
    assert _got(sink, before) == {WORDS: 6}
    page.locator("summary", has_text="Correct it").press("Enter")
    # Enter in a headline sends what stands there, and leaves no line break in it.
    page.locator("#headline").fill(NEW)
    page.locator("#headline").press("Enter")
    expect(page.locator("h1")).to_have_text(NEW)
    elsewhere(deliver)
    page.locator("summary", has_text="Withdraw it").press("Enter")
    button = page.get_by_role("button", name="Withdraw the alert")
    button.press("Enter")
    # Nothing goes without a reason.
    expect(page.locator("header .tag").first).to_have_text("issued")
    page.get_by_label("Why, in one sentence").fill(WHY)
    pictures.of_page(page, f"withdrawing-{width}", full_page=True)
    button.press("Enter")
    expect(page.locator("header .tag").first).to_have_text("withdrawn")
    expect(page.get_by_role("button", name="Withdraw the alert")).to_have_count(0)
    elsewhere(deliver)
    last = sink.taken[-1].message.get_body(preferencelist=("plain",))
    assert last is not None and WHY in " ".join(last.get_content().split())
    assert len(sink.taken) - before == 18
    of_it = AlertRevision.objects.filter(alert__public_id=page.url.split("/")[-2])
    told: list[str] = []
    elsewhere(lambda: told.extend(of_it.order_by("revision").values_list("kind", flat=True)))
    assert told == ["first", "correction", "withdrawal"]
    assert not violations(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    pictures.of_page(page, f"withdrawn-{width}", full_page=True)


def _got(sink: Sink, since: int) -> dict[str, int]:
    """How many mails have these words in their subject."""
    subjects = [str(each.message["Subject"]) for each in sink.taken[since:]]
    return {WORDS: sum(WORDS in each for each in subjects)}
