"""Who may not publish cannot: no page offers it, and a request that is made by hand is refused."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from digest.kit.clock import now
from digest.models import Alert, AlertRevision, Edition, Send, Story
from digest.newsdesk.alerts.raise_alert import raise_alert
from digest.staff.access import Role
from tests.browser.conftest import Pictures
from tests.browser.desk_world import open_menu
from tests.browser.door import by_password
from tests.browser.posting import elsewhere
from tests.web import desk_day

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
# What somebody writes into the console of their own browser: the page's token, and any address.
FORGED = """async ([path, version]) => {
    const form = new FormData();
    form.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
    form.set("lock_version", version);
    for (const name of ["headline", "summary", "reason"]) form.set(name, "Forged");
    return (await fetch(path, {method: "POST", body: form})).status;
}"""
NO_TOKEN = """async (path) => (await fetch(path, {method: "POST", body: new FormData()})).status"""


@pytest.mark.parametrize("width", [1440, 375])
def test_who_may_not_publish_cannot_by_page_or_by_a_forged_request(
    page: Page, live_server: LiveServer, pictures: Pictures, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    chief = desk_day.member("Vera Lind", Role.CHIEF)
    looks_on = desk_day.member("Rea Services", Role.SERVICES)
    desk_day.stories(now())
    edition = desk_day.edition(now())
    desk_day.reader("r@example.org", now(), on=edition.newsletter, alerts=True)
    story = Story.objects.order_by("-last_at")[0]
    raised = raise_alert(story.pk, "Ferry on fire", "Known.", member=chief, now=now())
    alert = Alert.objects.get(pk=raised.alert_id)
    sheet = f"/desk/editions/{edition.public_id}/"
    page.goto(live_server.url + sheet)
    by_password(page, looks_on.email)
    page.wait_for_url(live_server.url + sheet)
    page.keyboard.press("g")
    for name in ("Approve", "Send test", "Stop the rule", "Skip it", "Kill", "Save"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    pictures.of_page(page, f"may-not-sheet-{width}")
    for verdict in ("approve", "release", "skip", "stop", "kill", "reword", "retitle"):
        assert page.evaluate(FORGED, [sheet + verdict, edition.lock_version]) == 403, verdict
    alerts = f"/desk/alerts/{alert.public_id}/"
    page.goto(live_server.url + alerts)
    for name in ("Issue the alert", "Discard it", "Save, and look at them"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    pictures.of_page(page, f"may-not-alert-{width}")
    for act in ("issue", "discard", "reword", "correct", "withdraw"):
        assert page.evaluate(FORGED, [alerts + act, alert.lock_version]) == 403, act
    # Who may is refused as well, where the request does not come from a page of ours.
    open_menu(page)
    page.get_by_role("button", name="Sign out").press("Enter")
    page.wait_for_url("**/desk/sign-in**")
    page.goto(live_server.url + sheet)
    by_password(page, chief.email)
    page.wait_for_url(live_server.url + sheet)
    assert page.evaluate(NO_TOKEN, sheet + "approve") == 403
    assert page.evaluate(NO_TOKEN, alerts + "issue") == 403
    elsewhere(_nothing_has_moved)


def _nothing_has_moved() -> None:
    assert Edition.objects.get().state == "draft"
    assert Alert.objects.get().headline == "Ferry on fire"
    assert not AlertRevision.objects.exists()
    assert not Send.objects.exists()
