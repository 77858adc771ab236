"""A newsroom in which every page of the desk has something to show, and the path of each page."""

from collections.abc import Iterator, Sequence
from datetime import time, timedelta
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from digest.audience.core.series_plan import SeriesPlan, StepPlan
from digest.audience.lists.jobs import HandedIn, hand_in, work
from digest.audience.lists.reader_lines import Also
from digest.audience.notes.series import define_series, mark_of
from digest.kit.clock import now
from digest.models import (
    AddressLookup,
    Alert,
    Article,
    AuditEntry,
    Edition,
    Feed,
    Member,
    PlannedChange,
    Send,
    Story,
    StoryArticle,
    Subscriber,
    Topic,
    TopicModel,
    TopicOpinion,
)
from digest.newsdesk.alerts.issue import issue
from digest.newsdesk.alerts.raise_alert import raise_alert
from digest.newsdesk.alerts.watch import watch
from digest.newsdesk.editions.later.plan import plan_change
from digest.newsdesk.editions.publish import publish
from digest.outbound.channels import registry
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.plan import plan_alert, plan_edition
from digest.staff.audit import record
from digest.staff.door_links import key_for
from digest.staff.managing import invite
from digest.web.desk import stamps
from tests.browser.desk import second_pages
from tests.browser.door import already_in
from tests.web import desk_day

NO_PAGES = {
    "mail",
    "alert-mail",
    "alert-picture",
    "series-mail",
    "live",
    "reader-export",
    "reader-gets-mail",
    "feeds-export",
    "figures-file",
    "audit-file",
    "import-rejected",
    "single-back",
}
"""Answers to a GET that nobody opens by themselves: a frame's mail, the stamp, a file, a return."""
_OWN = {"password", "me", "lost-password", "choose-password"}


def is_in_no_menu(name: str) -> bool:
    """Pages of a member's own, and of who cannot sign in: no entry of the menu leads to them."""
    return name in _OWN or name.startswith(("mfa_", "account_"))


class Desk:
    """Every page of a furnished newsroom, and the chief who is signed in to it."""

    def __init__(self, page: Page, server: LiveServer) -> None:
        self.page, self.server = page, server
        self.chief, self.paths = furnish()
        already_in(page.context, server, self.chief.email)

    def pages(self) -> Iterator[tuple[str, str]]:
        """Name and address of each page but the door.

        Those of the second factor first: they open only to who has given the password lately.
        """
        given = partial(second_pages.with_factors, self.chief)
        for paths in (lambda: second_pages.BARE, given):
            for name, path in paths().items():
                yield name, self.server.url + path
        second_pages.without_factors(self.chief)
        for name, path in self.paths.items():
            if name != "sign-in":
                yield name, self.server.url + path


def open_menu(page: Page) -> None:
    """Show the desk's pages: on a phone they stand behind one button."""
    menu = page.locator("#menu:not([open]) > summary")
    if menu.is_visible():
        menu.click()


def post_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the newsroom a place to post to by hand: its page stands in the menu only then."""
    monkeypatch.setenv("DIGEST_WHATSAPP_CHANNEL", "https://whatsapp.com/channel/0029Va")


ALWAYS_THERE = {
    "sign-in": "/desk/sign-in",
    "password": "/desk/password",
    "wire": "/desk/",
    "editions": "/desk/editions/",
    "doubts": "/desk/doubts/",
    "by-address": "/desk/by-address",
    "alerts": "/desk/alerts/",
    "feeds": "/desk/feeds/",
    "new-feeds": "/desk/new-feeds",
    "topics": "/desk/topics/",
    "new-topic": "/desk/new-topic",
    "aliases": "/desk/aliases",
    "posts": "/desk/posts/",
    "templates": "/desk/templates/",
    "sends": "/desk/sends/",
    "bounces": "/desk/bounces/",
    "figures": "/desk/figures/",
    "calendar": "/desk/calendar",
    "newsletters": "/desk/newsletters/",
    "new-newsletter": "/desk/new-newsletter",
}
"""The pages that need nothing furnished, by the name of their URL."""


def furnish() -> tuple[Member, dict[str, str]]:
    """A chief, and the path of every page by the name of its URL; some names have a second one."""
    moment = now()
    chief = desk_day.member("Vera Lind", "chief")
    stories = desk_day.stories(moment)
    edition = desk_day.edition(moment)
    held = desk_day.edition(moment, minutes=600, slug="the-week", name="The week ahead")
    Edition.objects.filter(pk=held.pk).update(state="held", state_reason="It missed its hour.")
    for reader in (f"reader{number}@example.org" for number in range(6)):
        desk_day.reader(reader, moment, on=edition.newsletter, alerts=True)
    sent = desk_day.edition(moment, minutes=300, slug="business", name="Business at noon")
    publish(sent.pk, now=moment, by=chief)
    for send in plan_edition(sent.pk, 1, now=moment).send_ids:
        fan_out(send, now=moment)
    burst, first, second, third, *_ = stories.values()
    _burst(burst)
    in_doubt(list(stories.values())[:3])
    said_of("chips-and-ai", list(stories.values())[5:9])
    out = raise_alert(first.pk, first.headline[:110], "What is known.", member=chief, now=moment)
    issue(out.alert_id, member=chief, now=moment)
    for send in plan_alert(out.alert_id, 1, now=moment).send_ids:
        fan_out(send, now=moment)
    draft = raise_alert(
        second.pk, second.headline[:110], "What is known.", member=chief, now=moment
    )
    feed = Feed.objects.order_by("pk")[0]
    guest = invite("new@desk.example", "Nora New Hand", "editor", now=moment, by=chief)
    drafted, issued = (Alert.objects.get(pk=each.alert_id).public_id for each in (draft, out))
    inside = set(held.items.values_list("story", flat=True))
    plan_some(held, next(each for each in stories.values() if each.pk not in inside), chief)
    return chief, {
        **ALWAYS_THERE,
        **_people(guest),
        **_lookups(edition, chief),
        "wire asked": "/desk/?language=en",
        "reader-gets edition": _as_gotten(edition),
        "top-reads": f"/desk/editions/{edition.public_id}/",
        "sheet": f"/desk/editions/{edition.public_id}/?show=whatsapp",
        "sheet held": f"/desk/editions/{held.public_id}/",
        "sheet sent": f"/desk/editions/{sent.public_id}/",
        "correct": f"/desk/editions/{sent.public_id}/correct",
        "story": f"/desk/stories/{burst.public_id}/",
        "raise": f"/desk/alerts/raise?story={third.public_id}",
        "alert": f"/desk/alerts/{drafted}/",
        "alert issued": f"/desk/alerts/{issued}/",
        "feed": f"/desk/feeds/{feed.pk}/",
        "topic": "/desk/topics/chips-and-ai/",
        "lessons": "/desk/topics/chips-and-ai/lessons",
        **_series(chief),
    }


def plan_some(edition: Edition, story: Story, by: Member) -> None:
    """Changes of every state on the sheet: two that wait, one that was made, one refused."""
    items = [each.pk for each in edition.items.order_by("position")]
    zone = ZoneInfo(edition.time_zone)
    for minutes, kind, asked, item in (
        (40, "pin", {}, items[0]),
        (50, "reword", {"headline": "What the morning brought", "blurb": ""}, items[1]),
        (60, "kill", {}, items[2]),
        (70, "add", {"story": story.pk}, None),
    ):
        at = f"{(now() + timedelta(minutes=minutes)).astimezone(zone):%Y-%m-%dT%H:%M}"
        plan_change(edition.pk, kind, asked, at, item_id=item, member=by, now=now())
    first, second, *_ = PlannedChange.objects.order_by("due_at")
    first.state, second.state = PlannedChange.State.DONE, PlannedChange.State.REFUSED
    second.reason = "Other words were written there meanwhile: “Ships wait at the strait”."
    PlannedChange.objects.bulk_update([first, second], ["state", "reason"])


def in_doubt(stories: Sequence[Story]) -> list[StoryArticle]:
    """Of each story its latest report is put in doubt; the least probable first."""
    rows = []
    for number, story in enumerate(stories):
        row = StoryArticle.objects.filter(story=story).order_by("-article__published_at")[0]
        row.score = 0.4 + number / 10
        row.save()
        rows.append(row)
    return rows


def said_of(slug: str, stories: Sequence[Story]) -> None:
    """What a taught topic has said of stories: asks of two, took the third, set aside the rest."""
    topic = Topic.objects.get(slug=slug)
    TopicModel.objects.create(topic=topic, version=1, decisions=12, learned_at=now())
    for story, word in zip(stories, ("ask", "ask", "accept", "reject"), strict=False):
        TopicOpinion.objects.create(
            story=story, topic=topic, word=word, probability=0.4, version=1, like=3,
            because=["wafers", "data centre", "section technology"],
        )  # fmt: skip


def _as_gotten(edition: Edition) -> str:
    reader = Subscriber.objects.order_by("pk")[0]
    return f"/desk/readers/{reader.public_id}/gets?what=edition:{edition.public_id}"


def _lookups(edition: Edition, chief: Member) -> dict[str, str]:
    """Addresses that the chief gave: one that was read, one that told nothing."""
    found = {"title": "Ferry sinks off the coast", "summary": "All were saved.", "language": "en",
             "source": "Harbour Post", "image_url": "https://harbour.example/f.jpg"}  # fmt: skip
    fields = {"edition": edition.public_id, "member": chief, "asked_at": now()}
    for state, page, more in (
        ("read", "ferry", {"found": found}),
        ("done", "old", {"reason": "It was not added. It is approved."}),
        ("failed", "closed", {"reason": "The site asks programs to stay away. Write its words."}),
    ):
        url = f"https://harbour.example/{page}"
        AddressLookup.objects.create(typed=url, url=url, state=state, **fields, **more)
    ids = dict(AddressLookup.objects.values_list("state", "public_id"))
    return {
        "lookup": f"/desk/by-address/{ids['read']}/",
        "lookup failed": f"/desk/by-address/{ids['failed']}/",
        "lookup-sent": f"/desk/by-address/{ids['done']}/sent",
    }


def _people(guest: Member) -> dict[str, str]:
    return {
        "readers": "/desk/readers/",
        "imports": "/desk/imports/",
        "import": f"/desk/imports/{_list_handed_in(guest)}/",
        "reader": f"/desk/readers/{Subscriber.objects.order_by('pk')[0].public_id}/",
        "reader-gets": f"/desk/readers/{Subscriber.objects.order_by('pk')[0].public_id}/gets",
        "audit": "/desk/audit/",
        "me": "/desk/me",
        "lost-password": "/desk/lost-password",
        "choose-password": f"/desk/choose-password/{key_for(guest)}",
        "members": "/desk/members/",
        "member": f"/desk/members/{guest.pk}/",
    }


def _list_handed_in(by: Member) -> UUID:
    """A list of readers that was looked through: it would bring one in, and one line is wrong."""
    file = HandedIn("old-site.csv", b"address\nann@example.net\nnobody\n", "Signed up in 2024.",
                    Also(alerts=True))  # fmt: skip
    job = hand_in(file, member=by, now=now())
    work(now=now, kinds=registry.address_kinds())
    return job.public_id


def _series(chief: Member) -> dict[str, str]:
    steps = (StepPlan(0, "How we work", "We ask twice."), StepPlan(3, "What to keep", "The best."))
    plan = SeriesPlan("First weeks", "newsletters:the-week", "en", time(9), steps)
    define_series("first-weeks", plan, base=mark_of(None), now=now(), member=chief)
    return {
        "newsletter": "/desk/newsletters/the-week/",
        "newsletter-sponsors": "/desk/newsletters/the-week/sponsors",
        "series": "/desk/series/",
        "new-series": "/desk/new-series",
        "series-one": "/desk/series/first-weeks/",
    }


def _burst(story: Story) -> None:
    moment = now()
    for number, report in enumerate(Article.objects.filter(story_article__story=story)):
        report.published_at = moment - timedelta(minutes=number)
        report.save()
    Story.objects.filter(pk=story.pk).update(last_at=moment)
    watch(now=moment)


def news(member: Member) -> None:
    """Something that every page watches happens: each fits the news in when it asks next."""
    for edition in Edition.objects.filter(state__in=("draft", "held")):
        edition.lock_version += 1
        edition.save()
    for alert in Alert.objects.all():
        alert.lock_version += 1
        alert.save()
    for send in Send.objects.exclude(kind="service"):
        send.total += 1
        send.save()
    record("looked at", Edition.objects.all()[0], now=now(), member=member)
    assert AuditEntry.objects.exists()
    stamps.latest.forget()
