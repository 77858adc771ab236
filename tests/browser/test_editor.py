"""An editor's morning in a real browser: sign in, curate, preview, approve; the mail says so."""

import re

import pytest
from django.conf import settings
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from digest.kit.clock import now
from digest.models import Edition
from digest.newsdesk.editions.approve import approve
from digest.newsdesk.editions.curate import kill, reword
from digest.newsdesk.editions.publish import publish
from digest.outbound.delivery.planning.plan import plan_missing
from digest.web.desk import kept
from tests.browser.posting import deliver, elsewhere
from tests.browser.top_reads import item, order
from tests.deadlines import until
from tests.fakes.smtp import Sink, Taken, running
from tests.web import desk_day

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
HEADLINE = "Ferry fire: all 214 are off the ship"
FOR_PHONES = "All 214 off the burning ferry"
HOSTILE = "<img src=x onerror=\"document.title='taken'\">"


def test_what_the_editor_approved_is_what_arrives(
    page: Page, edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert edition.newsletter is not None
    desk_day.reader("reader@example.org", now(), on=edition.newsletter)
    # The page was opened without readers, and remembers for a while that there are none.
    kept.forget()
    before = order(page)
    assert len(before) == 6

    item(page, before[2]).get_by_role("button", name="Move up").click()
    expect(page.locator(".items h3").nth(1)).to_have_text(before[2])
    drag(page, item(page, before[5]), item(page, before[0]))
    expect(page.locator(".items h3").first).to_have_text(before[5])
    item(page, before[4]).get_by_role("button", name="Kill").click()
    expect(page.locator(".killed h3")).to_have_text(before[4])

    chosen = item(page, before[0])
    chosen.locator("summary[data-key=e]").click()
    chosen.get_by_label("Headline", exact=False).first.fill(HEADLINE)
    chosen.get_by_role("button", name="Save").first.click()
    expect(page.locator(".items h3").nth(1)).to_have_text(HEADLINE)
    chosen = item(page, HEADLINE)
    chosen.locator("summary[data-key=e]").click()
    chosen.get_by_text("Other words by WhatsApp").click()
    chosen.get_by_label("Headline by WhatsApp").fill(FOR_PHONES)
    chosen.locator("form:has(input[name=channel][value=whatsapp]) button").first.click()
    expect(item(page, HEADLINE).get_by_label("Headline by WhatsApp")).to_be_hidden()

    mail = page.frame_locator("iframe")
    expect(mail.get_by_role("link", name=HEADLINE, exact=True)).to_be_visible()
    page.get_by_role("link", name="WhatsApp").click()
    expect(page.locator(".bub")).to_contain_text(f"2. {FOR_PHONES}")
    item(page, HEADLINE).get_by_role("button", name="Pin").click()
    expect(item(page, HEADLINE).get_by_role("button", name="Unpin")).to_be_visible()
    expect(page.locator(".bub")).to_contain_text(f"2. {FOR_PHONES}")

    wanted = [before[5], HEADLINE, before[2], before[1], before[3]]
    assert order(page) == wanted
    page.locator("summary", has_text="Approve").click()
    expect(page.get_by_text("To 1 reader by email.")).to_be_visible()
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_text("approved by Ann Ito")).to_be_visible()

    taken = published_and_sent(edition, monkeypatch)
    assert len(taken) == 1
    message = taken[0].message
    for kind in ("plain", "html"):
        part = message.get_body(preferencelist=(kind,))
        assert part is not None
        text = re.sub(r"\s+", " ", part.get_content().replace("&#39;", "'"))
        places = [text.find(headline) for headline in wanted]
        assert -1 not in places
        assert places == sorted(places)
        assert before[4] not in text
        assert before[0] not in text
        assert FOR_PHONES not in text


def drag(page: Page, one: Locator, onto: Locator) -> None:
    """Drop ``one`` at the upper edge of ``onto``, both in view, however tall the rows are."""
    size = page.viewport_size
    page.evaluate("scrollTo(0, 0)")
    boxes = [each.bounding_box() for each in (one, onto)]
    assert size is not None and all(boxes)
    # A pointer that has to scroll on its way takes hold of what has come under it meanwhile.
    tall = max(size["height"], *(int(box["y"] + box["height"]) + 200 for box in boxes if box))
    page.set_viewport_size({"width": size["width"], "height": tall})
    one.drag_to(onto, target_position={"x": 60, "y": 4})
    page.set_viewport_size(size)


def test_a_drag_near_the_edge_turns_the_page(page: Page, edition: Edition) -> None:
    page.set_viewport_size({"width": 1440, "height": 480})
    before = order(page)
    last, first = item(page, before[5]), item(page, before[0])
    last.scroll_into_view_if_needed()
    box = last.bounding_box()
    assert box is not None
    assert page.evaluate("scrollY") > 0
    grip = box["x"] + 60
    page.mouse.move(grip, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(grip, box["y"] - 20, steps=4)

    def turned() -> bool:
        # A hand is never quite still.
        page.mouse.move(grip + 1, 60)
        page.mouse.move(grip, 60)
        box = first.bounding_box()
        return box is not None and box["y"] > 110

    until(turned, "the first item has come into view")
    # Away from the edge, where the page stands still.
    page.mouse.move(grip, 240)
    top = first.bounding_box()
    assert top is not None
    page.mouse.move(grip, top["y"] + 6)
    page.mouse.move(grip, top["y"] + 4)
    page.mouse.up()
    expect(page.locator(".items h3").first).to_have_text(before[5])


def published_and_sent(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> list[Taken]:
    """What the relay took once the edition was published, by the steps that workers call."""

    with running(Sink()) as sink:
        monkeypatch.setattr(settings, "DIGEST_SMTP_URL", sink.url, raising=False)
        elsewhere(lambda: publish(edition.pk, now=now(), by="by rule"), deliver)
        return list(sink.taken)


def test_keys_do_what_the_buttons_do(page: Page, edition: Edition) -> None:
    before = order(page)
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator(".item.on h3")).to_have_text(before[1])
    page.keyboard.press("ArrowUp")
    expect(page.locator(".items h3").first).to_have_text(before[1])
    expect(page.locator(".item.on h3")).to_have_text(before[1])
    page.keyboard.press("x")
    expect(page.locator(".killed h3")).to_have_text(before[1])
    page.keyboard.press("u")
    expect(page.locator(".killed")).to_have_count(0)
    page.keyboard.press("u")
    expect(page.locator(".items h3").first).to_have_text(before[0])
    page.keyboard.press("p")
    expect(item(page, before[1]).get_by_role("button", name="Unpin")).to_be_visible()
    page.keyboard.press("e")
    field = item(page, before[1]).get_by_label("Headline", exact=False).first
    expect(field).to_be_focused()
    page.keyboard.type("xjp is typed, not obeyed")
    expect(field).to_have_value("xjp is typed, not obeyed")
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_two_editors_at_two_items_do_not_meet(page: Page, edition: Edition) -> None:
    first, *_, last = order(page)
    chosen = item(page, first)
    chosen.locator("summary[data-key=e]").click()
    field = chosen.get_by_label("Headline", exact=False).first
    field.fill(HEADLINE)
    vera = desk_day.member("Vera Lind")
    gone = edition.items.order_by("-position").first()
    assert gone is not None
    kill(edition.pk, gone.pk, lock_version=edition.lock_version, member=vera, now=now())
    chosen.get_by_role("button", name="Save").first.click()
    expect(page.locator(".items h3").first).to_have_text(HEADLINE)
    expect(page.locator(".killed h3")).to_have_text(last)


def test_an_editor_who_was_too_late_sees_both_words_and_chooses(
    page: Page, edition: Edition
) -> None:
    first = order(page)[0]
    chosen = page.locator(".items > .item").first
    chosen.locator("summary[data-key=e]").click()
    field = chosen.get_by_label("Headline", exact=False).first
    field.fill(HEADLINE)
    vera = desk_day.member("Vera Lind")
    top = edition.items.order_by("position")[0]
    by = {"lock_version": edition.lock_version, "member": vera, "now": now()}
    elsewhere(lambda: reword(edition.pk, top.pk, "Vera's words", "", **by))
    chosen.get_by_role("button", name="Save").first.click()
    expect(page.locator(".stale[role=alert]")).to_contain_text("Vera Lind wrote other words")
    expect(field).to_have_value(HEADLINE)
    expect(chosen.locator(".clash q")).to_have_text("Vera's words")
    page.reload()
    expect(field).to_have_value(HEADLINE)
    chosen.get_by_role("button", name="Save").first.click()
    expect(page.locator(".items h3").first).to_have_text(HEADLINE)
    assert first != HEADLINE


def test_approving_with_unsaved_words_is_not_done_until_they_are_saved(
    page: Page, edition: Edition
) -> None:
    chosen = page.locator(".items > .item").first
    chosen.locator("summary[data-key=e]").click()
    chosen.get_by_label("Headline", exact=False).first.fill(HEADLINE)
    page.locator("summary", has_text="Approve").click()
    page.get_by_role("button", name="Approve", exact=True).click()
    told = page.locator("#carries")
    expect(told).to_contain_text("was not done")
    expect(told).to_contain_text("Headline of")
    edition.refresh_from_db()
    assert edition.state == "draft"
    told.get_by_role("button", name="Save them, then: Approve").click()
    expect(page.get_by_text("approved by Ann Ito")).to_be_visible()
    expect(page.locator(".items h3").first).to_have_text(HEADLINE)


def test_words_outlive_moves_of_their_item_and_an_approval_by_somebody_else(
    page: Page, edition: Edition
) -> None:
    before = order(page)
    chosen = item(page, before[1])
    chosen.locator("summary[data-key=e]").click()
    field = chosen.get_by_label("Headline", exact=False).first
    field.fill(HEADLINE)
    chosen.get_by_role("button", name="Move up").click()
    expect(page.locator(".items h3").first).to_have_text(before[1])
    expect(field).to_have_value(HEADLINE)
    edition.refresh_from_db()
    vera = desk_day.member("Vera Lind")
    by = {"lock_version": edition.lock_version, "member": vera, "now": now()}
    elsewhere(lambda: approve(edition.pk, **by))
    expect(page.get_by_text("approved by Vera Lind")).to_be_visible()
    expect(field).to_have_value(HEADLINE)
    page.reload()
    expect(page.locator("#orphans textarea")).to_have_value(HEADLINE)


def test_the_focus_stays_where_the_hand_is(page: Page, edition: Edition) -> None:
    before = order(page)
    down = item(page, before[0]).get_by_role("button", name="Move down")
    down.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".items h3").nth(1)).to_have_text(before[0])
    expect(item(page, before[0]).get_by_role("button", name="Move down")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".items h3").nth(2)).to_have_text(before[0])


def test_a_headline_is_one_line_whatever_is_pasted_or_pressed(page: Page, edition: Edition) -> None:
    chosen = page.locator(".items > .item").first
    chosen.locator("summary[data-key=e]").click()
    field = chosen.get_by_label("Headline", exact=False).first
    field.fill("Ferry safe")
    field.evaluate("(field) => field.setSelectionRange(5, 5)")
    page.keyboard.insert_text(" fire:\nall\n\n  are")
    expect(field).to_have_value("Ferry fire: all are safe")
    page.keyboard.type(" now")
    expect(field).to_have_value("Ferry fire: all are now safe")
    page.keyboard.press("Enter")
    expect(page.locator(".items h3").first).to_have_text("Ferry fire: all are now safe")
    # Some keyboards of phones name no key, and say alone that the line is about to be broken.
    other = page.locator(".items > .item").nth(1)
    other.locator("summary[data-key=e]").click()
    field = other.get_by_label("Headline", exact=False).first
    field.fill(HEADLINE)
    field.evaluate(
        """(field) => field.dispatchEvent(new InputEvent("beforeinput",
        {inputType: "insertLineBreak", bubbles: true, cancelable: true}))"""
    )
    expect(page.locator(".items h3").nth(1)).to_have_text(HEADLINE)


def test_hostile_words_run_nowhere(page: Page, edition: Edition) -> None:
    chosen = item(page, order(page)[0])
    chosen.locator("summary[data-key=e]").click()
    chosen.get_by_label("Headline", exact=False).first.fill(HOSTILE)
    chosen.get_by_role("button", name="Save").first.click()
    expect(page.locator(".items h3").first).to_have_text(HOSTILE)
    expect(page.frame_locator("iframe").get_by_text(HOSTILE).first).to_be_visible()
    assert page.title().startswith("Top reads")


def test_the_sheet_works_without_scripts(page: Page, edition: Edition) -> None:
    cookies = page.context.cookies()
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(cookies)
    plain = context.new_page()
    plain.goto(page.url)
    before = order(plain)
    item(plain, before[1]).get_by_role("button", name="Move up").click()
    assert order(plain)[:2] == [before[1], before[0]]
    item(plain, before[0]).locator("summary[data-key=e]").click()
    lines = HEADLINE.replace(": ", ":\n")
    item(plain, before[0]).get_by_label("Headline", exact=False).first.fill(lines)
    item(plain, before[0]).get_by_role("button", name="Save").first.click()
    assert order(plain)[:2] == [before[1], HEADLINE]
    plain.locator("summary", has_text="Approve").click()
    plain.get_by_role("button", name="Approve", exact=True).click()
    expect(plain.get_by_text("approved by Ann Ito")).to_be_visible()
    context.close()


def test_an_alert_goes_out_in_two_steps(page: Page, edition: Edition) -> None:
    desk_day.reader("reader@example.org", now(), alerts=True)
    page.get_by_role("link", name="Wire").click()
    page.wait_for_url("**/desk/")
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.get_by_text("Step 1 of 2")).to_be_visible()
    page.locator("#headline").fill("x" * 121)
    expect(page.locator("#headline-left")).to_have_text("121 of 120 characters")
    page.locator("#headline").fill("Ferry on fire off the west coast")
    page.get_by_role("button", name="Look at it before it goes").click()
    expect(page.get_by_text("It goes to 1 reader by email, at once")).to_be_visible()
    expect(page.frame_locator("iframe[title^=Email]").get_by_text("Breaking").first).to_be_visible()
    page.locator("#headline").fill("Ferry fire: all are off the ship")
    expect(page.locator("[data-shows-saved]")).to_be_visible()
    page.get_by_role("button", name="Issue the alert").click()
    expect(page.locator("header .tag").first).to_have_text("issued")
    expect(page.locator("h1")).to_have_text("Ferry fire: all are off the ship")
    expect(page.get_by_text("Its figures appear here")).to_be_visible()
    elsewhere(deliver)
    expect(page.locator(".figures").get_by_text("1", exact=True).first).to_be_visible()


def test_an_empty_list_of_sends_sees_the_first_send(
    page: Page, edition: Edition, live_server: LiveServer
) -> None:
    page.goto(live_server.url + "/desk/sends/")
    expect(page.get_by_text("Nothing is going out.")).to_be_visible()
    assert edition.newsletter is not None
    desk_day.reader("reader@example.org", now(), on=edition.newsletter)
    elsewhere(lambda: publish(edition.pk, now=now(), by="by rule"), lambda: plan_missing(now=now()))
    expect(page.get_by_role("heading", name="Morning briefing").first).to_be_visible()
