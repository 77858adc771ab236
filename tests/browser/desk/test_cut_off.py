"""Each kind of form of the desk, sent where nothing comes of it: no word is lost or looks saved."""

import re
from collections import Counter

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Locator, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from digest.models import Edition, Member
from digest.staff.access import Role
from tests.browser.desk.typed import Typed, open_all, shown, write
from tests.browser.desk_world import Desk
from tests.browser.door import by_password
from tests.browser.posting import elsewhere
from tests.deadlines import patience

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
TEXT = ":is(textarea, input:not([type]), input[type=text])"
FORMS = "native=#desk form[method=post]:not([data-plain])"
FIELDS = f"{FORMS} {TEXT}:not([readonly])"
WORDS = "Words that nobody saved"
# The places of the forms that take words: of many that are alike, as of a sheet's items, the first
# and the last.
TO_SEND = """(forms, text) => {
  const alike = Object.groupBy(
    [...forms.keys()].filter((at) => forms[at].querySelector(text) !== null),
    (at) => new URL(forms[at].action).pathname.replace(/[0-9a-f]*[0-9][0-9a-f-]*/g, "#")
      + [...forms[at].elements].map((each) => each.name));
  return [...new Set(Object.values(alike).flatMap((places) => [places[0], places.at(-1)]))];
}"""
# By hand, so that a field which wants something else keeps none of them from being sent.
KEPT = """(fields, words) => fields.map((each) =>
  each.value === words.slice(0, each.getAttribute("maxlength") ?? words.length)
  && each.classList.contains("unsaved"))"""
SEND = """(form) => {
  form.noValidate = true;
  const button = [...form.elements].find((each) => each.matches("button:not([name=clear])"));
  form.requestSubmit(button);
}"""


@pytest.fixture
def desk(page: Page, live_server: LiveServer) -> Desk:
    return Desk(page, live_server)


def typed(page: Page) -> list[Locator]:
    open_all(page)
    every = page.locator(FIELDS)
    places = shown(every)
    write(every, [Typed(place, WORDS) for place in places])
    return [every.nth(place) for place in places]


def is_kept(field: Locator) -> bool:
    most = int(field.get_attribute("maxlength") or len(WORDS))
    return field.input_value() == WORDS[:most] and "unsaved" in (field.get_attribute("class") or "")


def lost_of(fields: list[Locator], page: Page) -> list[str]:
    """The fields that have lost their words. All are asked at once: there are thousands of them."""
    every = page.locator(FIELDS)
    kept = dict(zip(map(str, every.all()), every.evaluate_all(KEPT, WORDS), strict=False))
    suspects = [field for field in fields if not kept.get(str(field))]
    return [str(field) for field in suspects if not is_kept(field)]


def cut(route: Route) -> None:
    """The line breaks."""
    route.abort("connectionreset")


def broken(route: Route) -> None:
    """The service answers, and not with a page of the desk."""
    route.fulfill(status=500, content_type="text/html", body="<!doctype html><h1>Broken</h1>")


def away(route: Route) -> None:
    """What stands before the service answers in its place."""
    route.fulfill(status=503, content_type="text/html", body="<html><h1>503</h1></html>")


def grown_old(route: Route) -> None:
    """The form's token counts no more: the service itself refuses it."""
    body = re.sub(r"(csrfmiddlewaretoken\"\r\n\r\n)[^\r]+", r"\g<1>" + "x" * 64, _sent(route))
    route.continue_(post_data=body)


def _sent(route: Route) -> str:
    return (route.request.post_data_buffer or b"").decode("utf-8", "surrogateescape")


IN_VAIN = (
    (cut, "unreached"),
    (broken, "unreached"),
    (away, "unreached"),
    (grown_old, "signed-out"),
)
"""How nothing comes of what was sent, and the notice that says so."""
# As one call, for hundreds of forms are sent: what else would be left behind is sent with it, and
# the page says what became of it and is at rest.
SENT = f"""async (form, [told, patience]) => {{
  ({SEND})(form);
  const until = performance.now() + patience;
  const isSaid = () => document.getElementById(told).checkVisibility()
    && document.getElementById("desk").getAttribute("aria-busy") !== "true";
  while (!isSaid()) {{
    if (performance.now() > until) return false;
    const carries = document.getElementById("carries");
    if (carries && carries.checkVisibility()) carries.querySelectorAll("button")[1].click();
    await new Promise((done) => setTimeout(done, 5));
  }}
  // So that no notice of this one stands for the next one's.
  document.getElementById(told).hidden = true;
  return true;
}}"""


@pytest.mark.timeout(600)
def test_no_word_is_lost_where_nothing_comes_of_what_was_sent(desk: Desk, page: Page) -> None:
    """Every kind of form that takes words, sent in each of these ways; then read anew."""
    answers = {"now": cut}
    page.route(
        "**/desk/**",
        lambda it: answers["now"](it) if it.request.method == "POST" else it.fallback(),
    )
    lost, sent = [], Counter[str]()
    for name, address in desk.pages():
        page.goto(address)
        fields = typed(page)
        for answer, told in IN_VAIN if fields else ():
            answers["now"] = answer
            forms = page.locator(FORMS)
            for place in forms.evaluate_all(TO_SEND, TEXT):
                done = forms.nth(place).evaluate(SENT, [told, patience(15) * 1000])
                assert done, (name, answer)
                lost += [f"{name}, {answer.__name__}: {each}" for each in lost_of(fields, page)]
                sent[answer.__name__] += 1
            page.goto(address)
            lost += [f"{name}, {answer.__name__}, anew: {each}" for each in lost_of(fields, page)]
        page.evaluate("localStorage.clear()")
    assert min(sent.values()) > 20
    assert lost == []


def test_what_a_save_was_told_outlasts_the_looks_for_news(desk: Desk, page: Page) -> None:
    """The page asks for itself and gets its answer; the words are not saved for all that."""
    page.goto(dict(desk.pages())["sheet"])
    field = typed(page)[0]
    page.evaluate(
        "document.querySelectorAll('[name=csrfmiddlewaretoken]')"
        ".forEach((each) => each.value = 'x'.repeat(64))"
    )
    field.locator("xpath=ancestor::form").evaluate(SEND)
    if page.locator("#carries:visible").count():
        page.locator("#carries button").nth(1).click()
    expect(page.locator("#signed-out")).to_be_visible()
    for _ in range(2):
        with page.expect_response("**/desk/live?*"):
            pass
    page.evaluate("new Promise((done) => setTimeout(done))")
    expect(page.locator("#signed-out")).to_be_visible()
    assert is_kept(field)


@pytest.mark.timeout(600)
def test_no_word_is_lost_by_a_session_that_has_ended(desk: Desk, page: Page) -> None:
    lost, sent = [], 0
    for name, address in desk.pages():
        page.goto(address)
        fields = typed(page)
        if not fields:
            continue
        sent += 1
        Session.objects.all().delete()
        form = fields[0].locator("xpath=ancestor::form")
        form.evaluate(SEND)
        if page.locator("#carries:visible").count():
            page.locator("#carries button").nth(1).click()
        page.wait_for_url("**/desk/sign-in**")
        by_password(page, desk.chief.email)
        page.wait_for_url(address)
        lost += [f"{name}: {field}" for field in lost_of(fields, page)]
        page.evaluate("localStorage.clear()")
    assert sent > 10
    assert lost == []


def test_no_word_is_lost_by_a_right_that_was_taken_or_a_second_factor_that_is_asked(
    desk: Desk, page: Page, settings: pytest.FixtureRequest
) -> None:
    address = desk.server.url + desk.paths["sheet"]
    page.goto(address)
    field = typed(page)[0]
    Member.objects.filter(pk=desk.chief.pk).update(role=Role.READER)
    field.locator("xpath=ancestor::form").evaluate(SEND)
    expect(page.locator("#not-done")).to_contain_text("Not saved. This needs the right to curate")
    assert is_kept(field) and page.url == address
    Member.objects.filter(pk=desk.chief.pk).update(role=Role.CHIEF)
    page.goto(address)
    assert is_kept(field)
    settings.DIGEST_SECOND_FACTOR = "chief"  # type: ignore[attr-defined]
    field.locator("xpath=ancestor::form").evaluate(SEND)
    page.wait_for_url("**/desk/second/")
    settings.DIGEST_SECOND_FACTOR = ""  # type: ignore[attr-defined]
    page.goto(address)
    assert is_kept(field)


def test_no_word_is_lost_by_an_edition_that_is_gone(desk: Desk, page: Page) -> None:
    page.goto(desk.server.url + desk.paths["sheet held"])
    field = typed(page)[0]
    elsewhere(lambda: Edition.objects.filter(state="held").delete())
    field.locator("xpath=ancestor::form").evaluate(SEND)
    expect(page.locator("#not-done")).to_contain_text("There is no such page on the desk")
    assert is_kept(field)


def test_the_words_of_a_list_that_is_refused_are_said_not_to_be_saved(
    desk: Desk, page: Page, tmp_path: object
) -> None:
    page.goto(desk.server.url + "/desk/imports/")
    page.get_by_label("How these readers consented").fill("Signed up on our old site.")
    page.get_by_label("Morning briefing").check()
    page.get_by_label("The list").set_input_files(
        {"name": "list.csv", "mimeType": "text/csv", "buffer": b"\x00\x01nothing"}
    )
    page.get_by_role("button", name="Look it through").click()
    expect(page.locator(".problem")).to_be_visible()
    for again in (False, True):
        if again:
            page.goto(page.url)
        consent = page.get_by_label("How these readers consented")
        expect(consent).to_have_value("Signed up on our old site.")
        expect(consent).to_have_class("unsaved")
        expect(page.get_by_label("Morning briefing")).to_be_checked()
