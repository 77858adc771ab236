"""From the front page to leaving, on a phone that speaks Arabic or Korean: pages and mails."""

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from digest.audience.preferring.own_links import answer_wishes
from digest.kit.clock import now
from digest.outbound.messages.environment import translations
from digest.web.public import offers
from tests.browser.axe import violations
from tests.browser.posting import deliver, elsewhere, states
from tests.deadlines import patience
from tests.fakes.smtp import Sink, Taken, running
from tests.web import newsroom

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(600),  # each page is looked at whole
    pytest.mark.django_db(transaction=True),
]
READER = "noor.halim@example.org"
WIDTH = 375
# What the letters of a language are, so that a page or a mail can be told to speak it.
LETTERS = {"ar": r"[\u0600-\u06ff]", "ko": r"[\uac00-\ud7a3]"}


@pytest.fixture
def sink(settings: Any, live_server: LiveServer) -> Iterator[Sink]:
    """The relay; links in mails lead to the service under test."""
    with running(Sink()) as made:
        settings.DIGEST_SMTP_URL = made.url
        settings.DIGEST_BASE_URL = live_server.url
        offers.forget()
        yield made
    offers.forget()


class Phone:
    """A phone in somebody's language, and what they see on it."""

    def __init__(self, browser: Browser, language: str, place: str) -> None:
        self.language, self._steps = language, 0
        self._context = browser.new_context(
            viewport={"width": WIDTH, "height": 812}, locale=place, timezone_id="Asia/Riyadh",
            reduced_motion="reduce",
        )  # fmt: skip
        self._context.set_default_timeout(patience(15) * 1000)
        self._context.route(
            re.compile(r"^https?://(?!localhost|127\.0\.0\.1)"), lambda it: it.abort()
        )
        self.page: Page = self._context.new_page()

    def close(self) -> None:
        self._context.close()

    def said(self, words: str, **values: str) -> str:
        """The words as pages say them, without their marks."""
        return re.sub(r"<[^>]+>", "", translations(self.language).gettext(words)) % values

    def press(self, words: str) -> None:
        """The button that says so, or begins so."""
        begun = re.compile("^" + re.escape(self.said(words)))
        self.page.get_by_role("button", name=begun).first.click()

    def sees(self, words: str) -> None:
        """A page with that heading: in the language, in its direction, within the screen."""
        page = self.page
        expect(page.get_by_role("heading", name=self.said(words))).to_be_visible()
        expect(page.locator("html")).to_have_attribute("lang", self.language)
        turned = page.evaluate("getComputedStyle(document.body).direction")
        assert turned == ("rtl" if self.language == "ar" else "ltr")
        assert page.evaluate("document.documentElement.scrollWidth") <= WIDTH
        assert re.search(LETTERS[self.language], page.title()), page.title()
        self.look()
        assert violations(page) == []

    def look(self) -> None:
        """A picture for who wants to see it."""
        self._steps += 1
        if folder := os.environ.get("PICTURES_OF_TESTS"):
            name = f"{folder}/{self.language}-{self._steps}.png"
            self.page.screenshot(path=name, full_page=True)


@pytest.fixture(params=[("ar", "ar-EG"), ("ko", "ko-KR")], ids=["Arabic", "Korean"])
def phone(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Phone]:
    """One for each of the two."""
    made = Phone(browser, *request.param)
    yield made
    made.close()


def newest(sink: Sink) -> Taken:
    elsewhere(lambda: answer_wishes(now=now()), deliver)
    return [mail for mail in sink.taken if mail.recipient == READER][-1]


def link(mail: Taken, path: str) -> str:
    """The first link of that kind in the mail's text part."""
    part = mail.message.get_body(preferencelist=("plain",))
    assert part is not None
    found = re.search(rf"http://[^\s>]+/{path}/[^\s>]+", part.get_content())
    assert found, part.get_content()
    return found.group()


def speaks(mail: Taken, language: str) -> None:
    """Subject, text and page of a mail are in the reader's language."""
    assert re.search(LETTERS[language], str(mail.message["Subject"])), mail.message["Subject"]
    for kind in ("plain", "html"):
        part = mail.message.get_body(preferencelist=(kind,))
        assert part is not None and len(re.findall(LETTERS[language], part.get_content())) > 40
        if kind == "html":
            assert ('dir="rtl"' in part.get_content()) is (language == "ar")


def test_a_reader_joins_chooses_and_leaves_in_their_language(
    phone: Phone, live_server: LiveServer, sink: Sink
) -> None:
    newsroom.offer()
    newsroom.publish()
    page = phone.page
    page.goto(live_server.url)
    phone.look()
    page.goto(f"{live_server.url}/subscribe")
    page.get_by_role("checkbox", name="Korean peninsula relations").check()
    page.get_by_label(phone.said("Your email")).fill(READER)
    phone.look()
    phone.press("Join")
    phone.sees("Look into your inbox")
    asked = newest(sink)
    speaks(asked, phone.language)

    page.goto(link(asked, "confirm"))
    phone.sees("Is this what you want?")
    phone.press("Yes, send me these")
    phone.sees("You are in")
    assert states() == {"Korean peninsula relations": "active"}
    phone.press("Mail me the link to change topics or time")
    expect(page.get_by_role("status")).to_be_visible()
    told = newest(sink)
    speaks(told, phone.language)

    page.goto(link(told, "preferences"))
    phone.sees("What you get, and when")
    page.get_by_role("checkbox", name="Trade and shipping").check()
    page.get_by_label(phone.said("Pause"), exact=True).select_option("7")
    phone.press("Save")
    expect(page.get_by_role("status")).to_contain_text(phone.said("Saved."))
    phone.sees("What you get, and when")
    assert set(states().values()) == {"paused"} and len(states()) == 2
    phone.press("Leave everything")
    expect(page.get_by_role("status")).to_contain_text(
        phone.said("You have left everything. Nothing more is sent.")
    )
    phone.sees("What you get, and when")
    assert set(states().values()) == {"ended"}
