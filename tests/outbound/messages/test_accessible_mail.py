"""Every kind of mail in every language is one that a screen reader can read aloud."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from itertools import pairwise
from uuid import UUID

import pytest

from digest.audience.core.languages import SPOKEN
from digest.newsdesk.editions.core.content import EditionContent, Sponsor
from digest.newsdesk.picture import Picture
from digest.outbound.channels.email.lint import HTML_LIMIT
from digest.outbound.channels.rendering import (
    render_alert,
    render_confirmation,
    render_edition,
    render_question,
    render_series,
    render_service,
    render_welcome,
)
from digest.outbound.messages.message import Words
from digest.outbound.messages.newsroom import (
    QuestionContent,
    SeriesContent,
    ServiceContent,
    ServiceKind,
    WelcomeContent,
    WelcomePart,
)
from tests.outbound.samples import ALERT, CONFIRM_THIS, EDITION, LEAD, NEWSROOM

VOID = frozenset({"meta", "br", "img", "link", "hr", "input"})


def edition(language: str) -> Words:
    return render_edition(replace(EDITION, language=language), "email", NEWSROOM)


def sponsored(language: str) -> Words:
    shown = Picture("https://bank.example/a.png", "A blue anchor")
    sponsor = Sponsor("Harbour Bank", "Save more, sleep better.", "https://bank.example/", shown)
    return render_edition(replace(EDITION, language=language, sponsor=sponsor), "email", NEWSROOM)


def series(language: str) -> Words:
    content = SeriesContent(
        language, "first-weeks", "Korean peninsula", "كيف نعمل", "One.\n\nTwo & <three>.",
        "Read on", "https://m.example/",
    )  # fmt: skip
    return render_series(content, "email", NEWSROOM)


def question(language: str) -> Words:
    content = QuestionContent(language, date(2026, 12, 24), ends=language in {"ar", "ko", "en"})
    return render_question(content, "email", NEWSROOM)


def quiet_edition(language: str) -> Words:
    return render_edition(replace(EDITION, language=language, items=()), "email", NEWSROOM)


def personal(language: str) -> Words:
    items = tuple(replace(each, language="ar", section="التجارة") for each in EDITION.items)
    content = replace(EDITION, language=language, kind="personal", items=items)
    return render_edition(content, "email", NEWSROOM)


def alert(language: str) -> Words:
    return render_alert(replace(ALERT, language=language), "email", NEWSROOM)


def correction(language: str) -> Words:
    return render_alert(replace(ALERT, language=language, kind="correction"), "email", NEWSROOM)


def withdrawal(language: str) -> Words:
    content = replace(ALERT, language=language, kind="withdrawal", url="", summary="")
    return render_alert(content, "email", NEWSROOM)


def confirmation(language: str) -> Words:
    return render_confirmation(replace(CONFIRM_THIS, language=language), "email", NEWSROOM)


def several_confirmations(language: str) -> Words:
    further = (replace(CONFIRM_THIS, language=language, wants=("Trade",), number=2),)
    content = replace(CONFIRM_THIS, language=language, number=1, further=further)
    return render_confirmation(content, "email", NEWSROOM)


def service(kind: ServiceKind) -> Callable[[str], Words]:
    def made(language: str) -> Words:
        return render_service(ServiceContent(language, kind, "a…@new.example"), "email", NEWSROOM)

    made.__name__ = kind.value
    return made


def welcome(language: str) -> Words:
    parts = (
        WelcomePart(
            "Korean peninsula", "Every day", "The next one", replace(EDITION, language="ko")
        ),
        WelcomePart("Morning"),
        WelcomePart("Trade", "Every day", "", personal_edition()),
    )
    return render_welcome(WelcomeContent(language, parts), "email", NEWSROOM)


def personal_edition() -> EditionContent:
    items = tuple(
        replace(
            each,
            url=f"{each.url}-2",
            story=str(UUID(int=50 + number)),
            headline=f"Trade: {each.headline}",
        )
        for number, each in enumerate(EDITION.items)
    )
    return replace(EDITION, kind="personal", items=items)


def first_welcome(language: str) -> Words:
    part = WelcomePart("التجارة", "Every day at 07:00", "The first one comes on Monday.")
    return render_welcome(WelcomeContent(language, (part,)), "email", NEWSROOM)


KINDS = (
    edition, sponsored, series, quiet_edition, personal, alert, correction, withdrawal,
    confirmation, several_confirmations, welcome, first_welcome, question,
    *map(service, ServiceKind),
)  # fmt: skip
Kind = Callable[[str], Words]
every_mail = pytest.mark.parametrize("language", sorted(SPOKEN))
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda each: each.__name__)


class Element:
    """A tag with its attributes, style, text, its own words apart, and the elements around it."""

    def __init__(self, tag: str, given: dict[str, str], around: "Element | None") -> None:
        self.tag, self.given, self.around = tag, given, around
        self.text = self.own = ""
        rules = [each.partition(":") for each in given.get("style", "").split(";") if ":" in each]
        self.style = {name.strip(): value.strip() for name, _, value in rules}

    @property
    def classes(self) -> frozenset[str]:
        return frozenset(self.given.get("class", "").split())

    def outwards(self) -> list["Element"]:
        return [self, *(self.around.outwards() if self.around else [])]


class Page(HTMLParser):
    """All elements of a mail, conditional comments for Outlook left out."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.elements.append(Element(tag, given, self._open[-1] if self._open else None))
        if tag not in VOID:
            self._open.append(self.elements[-1])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        for each in self._open:
            each.text += data
        if self._open:
            self._open[-1].own += data

    def all(self, *tags: str) -> list[Element]:
        return [each for each in self.elements if each.tag in tags]


def page_of(words: Words) -> Page:
    return Page(words.fields["html"])


@every_mail
@every_kind
def test_it_says_its_language_and_direction_on_every_child_of_the_body(
    kind: Kind, language: str
) -> None:
    page = page_of(kind(language))
    children = [each for each in page.elements if each.around and each.around.tag == "body"]
    assert children
    for each in [*children, *page.all("html")]:
        assert each.given["lang"] == language
        assert each.given["dir"] == ("rtl" if language == "ar" else "ltr")
    assert page.all("title")[0].text.strip() == kind(language).fields["subject"]


@every_mail
@every_kind
def test_every_table_is_for_looks_alone_outlooks_too(kind: Kind, language: str) -> None:
    tables = re.findall(r"<table([^>]*)>", kind(language).fields["html"])
    assert len(tables) > 3
    assert [each for each in tables if 'role="presentation"' not in each] == []


@every_mail
@every_kind
def test_headings_begin_with_one_and_leave_none_out(kind: Kind, language: str) -> None:
    levels = [int(each.tag[1]) for each in page_of(kind(language)).all("h1", "h2", "h3", "h4")]
    assert levels.count(1) == 1
    assert levels[0] == 1
    for before, after in pairwise(levels):
        assert after - before <= 1


@every_mail
@every_kind
def test_links_and_pictures_have_names_that_make_sense_alone(kind: Kind, language: str) -> None:
    page = page_of(kind(language))
    for each in page.all("img"):
        assert each.given["alt"].strip()
    named: dict[str, str] = {}
    for each in page.all("a"):
        inside = [img.given["alt"] for img in page.all("img") if each in img.outwards()]
        name = each.given.get("aria-label") or " ".join([each.text.strip(), *inside]).strip()
        assert name
        assert each.text.strip() in name  # what is seen is what is heard (WCAG 2.5.3)
        assert named.setdefault(name, each.given["href"]) == each.given["href"]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    line = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
    return 0.2126 * line[0] + 0.7152 * line[1] + 0.0722 * line[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def dark_rules(html: str) -> list[tuple[str, str, str]]:
    """(class, property, colour) of the dark scheme, for classes and for what stands inside."""
    sheet = html.partition("@media (prefers-color-scheme: dark) {")[2].partition("</style>")[0]
    found = []
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]+)\}", sheet):
        for name, colour in re.findall(r"([\w-]+):\s*(#[0-9a-f]{6})", body):
            for selector in selectors.split(","):
                found.append((selector.strip(), name, colour))
    return found


def shown(element: Element, rules: list[tuple[str, str, str]], name: str, plain: str) -> str:
    """The colour that an element's text or background has, by its style and the dark rules."""
    for each in element.outwards():
        for selector, given, colour in reversed(rules):
            head, _, tail = selector.replace(" > ", " ").partition(" ")
            own = not tail and (head == each.tag or head.lstrip(".") in each.classes)
            inside = tail == each.tag and any(
                head.lstrip(".") in around.classes for around in each.outwards()[1:]
            )
            if given == name and (own or inside):
                return colour
        inline = each.style.get(name, "")
        if name == "background-color":
            inline = inline or each.given.get("bgcolor", "")
        found = re.search(r"#[0-9a-f]{6}", inline)
        if found:
            return found[0]
    return plain


@every_mail
@every_kind
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(kind: Kind, language: str, scheme: str) -> None:
    html = kind(language).fields["html"]
    rules = dark_rules(html) if scheme == "dark" else []
    assert bool(rules) == (scheme == "dark")
    looked = 0
    for each in Page(html).all("p", "a", "h1", "h2", "h3", "span", "td", "div"):
        if not each.own.strip() or "preheader" in {
            name for around in each.outwards() for name in around.classes
        }:
            continue
        ink = shown(each, rules, "color", "#000000")
        ground = shown(each, rules, "background-color", "#ffffff")
        assert contrast(ink, ground) >= 4.5, (each.tag, each.text[:40], ink, ground)
        looked += 1
    assert looked > 3


@every_mail
@every_kind
def test_it_is_small_enough_to_be_shown_whole_and_may_be_made_larger(
    kind: Kind, language: str
) -> None:
    html = kind(language).fields["html"]
    assert len(html.encode()) < HTML_LIMIT
    assert "user-scalable" not in html
    assert "maximum-scale" not in html
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_an_item_in_another_language_says_so() -> None:
    item = replace(LEAD, headline="환적 화물 지연, 항만 하루 밀려", language="ko")
    page = page_of(render_edition(replace(EDITION, items=(item,)), "email", NEWSROOM))
    title = page.all("h1")[0]
    assert title.given["lang"] == "ko"
    assert title.given["dir"] == "auto"


def test_a_language_that_is_no_tag_is_not_written() -> None:
    item = replace(LEAD, language='ko" onclick="x')
    page = page_of(render_edition(replace(EDITION, items=(item,)), "email", NEWSROOM))
    assert "lang" not in page.all("h1")[0].given


@every_mail
def test_the_number_of_sources_leads_to_all_of_them(language: str) -> None:
    links = [each.given["href"] for each in page_of(edition(language)).all("a")]
    assert "https://news.meridian.example/s/0000000000000000000001" in links


@every_mail
@pytest.mark.parametrize("kind", [edition, personal], ids=lambda each: each.__name__)
def test_the_subject_is_the_headline(kind: Kind, language: str) -> None:
    assert kind(language).fields["subject"] == LEAD.headline


@every_kind
@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_size_is_a_number_as_html_knows_it(kind: Kind, language: str) -> None:
    sized = [
        (each.tag, name, each.given[name])
        for each in Page(kind(language).fields["html"]).elements
        for name in ("width", "height")
        if name in each.given
    ]
    assert [each for each in sized if not re.fullmatch(r"[0-9]+%?", each[2])] == []
    assert all(value.isdigit() for tag, _, value in sized if tag == "img")
