"""Every public page, in every language, as axe and a ruler see it; and pictures of them to look at.

``DIGEST_PICTURES=folder PICTURES_OF=front,topic`` leaves pictures of all or of some pages.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as configured
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from digest.audience.core import languages, tokens
from digest.kit.clock import now
from digest.models import Edition, Story
from digest.newsdesk.editions.publish import publish
from digest.outbound.messages.links import short_code
from digest.web.public import offers
from tests.browser.axe import violations
from tests.browser.conftest import Pictures
from tests.deadlines import patience
from tests.web import desk_day, newsroom

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(600),  # dozens of pages, each looked at whole
    pytest.mark.django_db(transaction=True),
]

# A page of each kind is looked at in every language; these in all sizes and colours too.
# Each width and each scheme once; every pair of them in `make long`.
LOOKS = [(375, "dark"), (1200, "light")]
if os.environ.get("DIGEST_LONG"):
    LOOKS += [(375, "light"), (1200, "dark")]
ONLY = frozenset(filter(None, os.environ.get("PICTURES_OF", "").split(",")))


@pytest.fixture
def paths(live_server: LiveServer, settings: Any) -> Iterator[dict[str, str]]:
    """A newsroom with an edition, a reader, and something to confirm; each page's path by name."""
    settings.DIGEST_BASE_URL = live_server.url
    moment = now()
    told = desk_day.stories(moment)
    edition = desk_day.edition(moment)
    desk_day.newsletter(
        moment, minutes=600, slug="the-week", name="The week ahead", days="5",
        description="What mattered, and what will.",
    )  # fmt: skip
    publish(edition.pk, now=moment, by="by rule")
    offers.forget()
    key = configured.SECRET_KEY
    reader = newsroom.reader("ann@example.org", newsletters=("morning-briefing",), alerts=True)
    waiting = newsroom.confirm_token(newsroom.pending("bo@example.org", topics=(_topic(),)))
    letter = tokens.own_data_token(key, "erase", 1, 0)
    yield {
        "front": "/",
        "newsletter": f"/newsletters/{edition.newsletter.slug}" if edition.newsletter else "",
        "newsletter-new": "/newsletters/the-week",
        "topics": "/topics",
        "topic": f"/topics/{_topic()}",
        "calendar": "/calendar",
        "subscribe": "/subscribe",
        "sent": "/subscribe/sent?by=email",
        "archive": "/archive",
        "edition": f"/editions/{Edition.objects.get(pk=edition.pk).public_id}",
        "story": f"/s/{short_code(_most_told(told).public_id)}",
        "link": "/link",
        "link-sent": "/link/sent?by=email",
        "confirm": f"/confirm/{waiting}",
        "preferences": f"/preferences/{tokens.preferences_token(key, reader)}",
        "lapsed": f"/erase/{letter}",
        "embed": "/embed",
        "push": "/push",
        "our-reader": "/about-our-reader",
        "health": "/health",
        "not-found": "/nothing-here",
    }
    offers.forget()


def _topic() -> str:
    from digest.models import Topic

    return str(Topic.objects.order_by("pk")[0].slug)


def _most_told(told: dict[str, Story]) -> Story:
    return max(told.values(), key=lambda each: each.members.count())


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Any]:
    """Makes a page of a width and colours; nothing leaves this machine."""
    made = []

    def opened(width: int, scheme: str, *, scripts: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 812 if width < 500 else 900},
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        context.set_default_timeout(patience(15) * 1000)
        made.append(context)
        return context.new_page()

    yield opened
    for each in made:
        each.close()


def in_language(path: str, language: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}lang={language}"


@pytest.mark.parametrize("language", languages.SPOKEN)
def test_no_page_breaks_a_rule_of_accessibility_in_any_language(
    language: str, paths: dict[str, str], live_server: LiveServer, open_page: Any
) -> None:
    page = open_page(375, "light")
    wrong = []
    for name, path in paths.items():
        page.goto(live_server.url + in_language(path, language))
        told = page.evaluate(
            "[document.documentElement.lang, document.documentElement.scrollWidth,"
            " document.querySelectorAll('h1').length]"
        )
        if told[0] != language:
            wrong.append(f"{name}: speaks {told[0]}")
        if told[1] > 375 or told[2] != 1:
            wrong.append(f"{name}: {told[1]} pixels wide, {told[2]} first headings")
        # No language has colours of its own.
        seen = violations(page, colours=language == "en")
        wrong += [f"{name}: {each}" for each in seen]
    assert wrong == []


@pytest.mark.parametrize(("width", "scheme"), LOOKS, ids=lambda each: str(each))
def test_no_page_breaks_a_rule_in_any_size_or_colours(
    width: int, scheme: str, paths: dict[str, str], live_server: LiveServer,
    open_page: Any, pictures: Pictures,
) -> None:  # fmt: skip
    page = open_page(width, scheme)
    wrong = []
    wanted = {name: path for name, path in paths.items() if not ONLY or name in ONLY}
    for language in ("en", "ar"):
        for name, path in wanted.items():
            page.goto(live_server.url + in_language(path, language))
            pictures.of_page(page, f"{name}-{language}-{width}-{scheme}", full_page=True)
            if page.evaluate("document.documentElement.scrollWidth") > width:
                wrong.append(f"{name}: wider than {width}")
            for each in page.locator("details").all():
                each.evaluate("each => { each.open = true }")
            wrong += [f"{name}: {each}" for each in violations(page)]
    assert wrong == []


def test_the_field_stands_in_a_phones_first_screen_in_every_language(
    paths: dict[str, str], live_server: LiveServer, open_page: Any
) -> None:
    page = open_page(375, "light", scripts=False)
    for language in languages.SPOKEN:
        page.goto(live_server.url + in_language("/", language))
        box = page.locator(".opening button").bounding_box()
        assert box is not None and box["y"] + box["height"] <= 812, language
