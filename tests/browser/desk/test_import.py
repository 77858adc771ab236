"""A long list of readers with 40 bad rows, in a real browser: from the file and back."""

import csv
import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from digest.audience.lists import jobs
from digest.kit.clock import now
from digest.models import Newsletter, Subscription
from digest.outbound.channels import registry
from digest.staff.access import Role
from digest.web.desk import stamps
from tests.browser.axe import violations
from tests.browser.door import by_password
from tests.web import desk_day

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
# As many as a newsroom brings in `make long`; fewer where others wait for the result.
READERS, BAD = 10_000 if os.environ.get("DIGEST_LONG") else 4_000, 40


@pytest.fixture
def old_list(tmp_path: Path) -> Path:
    """As Mailchimp writes it."""
    file = tmp_path / "subscribed_members.csv"
    lines = ["Email Address,First Name,Last Name,OPTIN_TIME,TAGS"]
    step = READERS // BAD
    for number in range(READERS):
        address = "no address" if number % step == step - 1 else f"r{number}@old.example"
        lines.append(f'{address},R,{number},2024-05-01 08:00:00,""')
    file.write_text("\n".join(lines) + "\n")
    return file


def slice_of_work() -> None:
    """What a worker does that comes by: as much as fits in no time, so one lot of lines."""
    jobs.work(now=now, kinds=registry.address_kinds(), seconds=0.0001)
    stamps.latest.forget()


def looked_at(page: Page, name: str) -> None:
    """No violation in both schemes at both widths, each colour once; a picture where wanted."""
    folder = os.environ.get("DIGEST_PICTURES")
    for width in (375, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert violations(page, colours=(width == 375) == (scheme == "light")) == []
            wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            assert not page.evaluate(wide)
            if folder:
                page.screenshot(path=f"{folder}/{name}-{width}-{scheme}.png", full_page=True)


# Readers are forgotten again one address at a time, and axe reads long tables.
@pytest.mark.timeout(600)
def test_a_long_list_of_readers_with_forty_bad_rows(
    page: Page, live_server: LiveServer, old_list: Path, tmp_path: Path
) -> None:
    desk_day.newsletter(now())
    desk_day.member("Sue Reed", Role.SERVICES)
    page.goto(live_server.url + "/desk/imports/")
    by_password(page, "sue@desk.example")
    page.wait_for_url("**/desk/imports/")
    looked_at(page, "imports")
    page.get_by_label("The list").set_input_files(old_list)
    page.get_by_label("How these readers consented").fill("Signed up on our old site in 2024.")
    page.get_by_label("Morning briefing").check()
    page.get_by_role("button", name="Look it through").click()
    expect(page.get_by_role("status").filter(has_text=f"0 of {READERS:,} lines")).to_be_visible()
    slice_of_work()
    expect(page.get_by_role("status").filter(has_text=f"2,000 of {READERS:,}")).to_be_visible()
    page.reload()
    expect(page.get_by_role("status").filter(has_text=f"2,000 of {READERS:,}")).to_be_visible()
    for _ in range(5):
        slice_of_work()
    told = f"It would bring {READERS - BAD:,} in. Nothing is stored yet."
    expect(page.get_by_text(told)).to_be_visible()
    expect(page.get_by_text("It is an export of Mailchimp.")).to_be_visible()
    assert page.locator("tbody tr").count() == BAD
    assert not Subscription.objects.exists()
    looked_at(page, "import-looked-through")
    with page.expect_download() as download:
        page.get_by_role("link", name="All of them as a file").click()
    kept = tmp_path / "left-out.csv"
    download.value.save_as(kept)
    with kept.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == BAD and rows[0]["line"] == str(READERS // BAD + 1)
    assert rows[0]["Email Address"] == "no address" and rows[0]["what is wrong"]
    page.keyboard.press("g")
    page.get_by_role("button", name="Bring them in").press("Enter")
    expect(page.get_by_role("status").filter(has_text="It is being brought in")).to_be_visible()
    for _ in range(6):
        slice_of_work()
    expect(page.get_by_text(f"It brought {READERS - BAD:,} in.")).to_be_visible()
    newsletter = Newsletter.objects.get()
    got = Subscription.objects.filter(newsletter=newsletter, state="active")
    assert got.count() == READERS - BAD
    page.go_back()
    page.go_forward()
    expect(page.get_by_text(f"It brought {READERS - BAD:,} in.")).to_be_visible()
    other = page.context.new_page()
    other.goto(page.url)
    for each in (page, other):
        each.locator("#box-undo > summary").click()
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("status").filter(has_text="It is being taken back")).to_be_visible()
    other.get_by_role("button", name="Take it back").click()
    expect(other.get_by_role("alert").filter(has_text="somebody was quicker")).to_be_visible()
    jobs.work(now=now, kinds=registry.address_kinds(), seconds=600)
    stamps.latest.forget()
    expect(page.get_by_text(f"{READERS - BAD:,} subscriptions are gone")).to_be_visible()
    assert not Subscription.objects.exists()
