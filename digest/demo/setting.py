"""Set the sample newsroom up: its feeds, topics, newsletters, an editor, and its readers."""

import argparse
import os
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digest.settings")
    django.setup()

from django.conf import settings
from django.db import transaction

from digest.audience.joining.places import add_place
from digest.audience.joining.subscribe import SignUp, subscribe
from digest.audience.models.addresses import Address
from digest.audience.models.consents import Circumstances
from digest.audience.models.schedules import Schedule
from digest.audience.schedules import timetable
from digest.demo import newsroom
from digest.intake.articles.core import canonical
from digest.intake.articles.models import Article
from digest.intake.feeds.models import Feed
from digest.kit import clock
from digest.management import stand_ins
from digest.newsdesk.editions.models import Edition
from digest.newsdesk.newsletters.models import Newsletter
from digest.newsdesk.topics.define import define
from digest.newsdesk.topics.models import Topic
from digest.staff.members import Member

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ISO_DAYS = {name: str(n) for n, name in enumerate(_DAYS, start=1)}
EDITOR = "editor@meridian.example"


@dataclass(frozen=True, slots=True)
class Editor:
    """The sample newsroom's editor, and the password made for this run."""

    member: Member
    password: str


def furnish(feeds_url: str, *, now: datetime) -> Editor:
    """Store feeds, topics, newsletters and an editor, where they are not there yet.

    Feeds that an earlier start served at another port are moved, with their articles.
    """
    _move(feeds_url)
    Feed.objects.bulk_create(
        (
            Feed(url=f"{feeds_url}{feed.path}", source=outlet.name, next_check_at=now)
            for outlet in newsroom.outlets()
            for feed in outlet.feeds
        ),
        ignore_conflicts=True,
    )
    known = set(Topic.objects.values_list("slug", flat=True))
    for position, topic in enumerate(newsroom.topics()):
        if topic.slug in known:
            continue
        define(
            topic.slug,
            query=topic.query,
            now=now,
            name=topic.name,
            description=topic.description,
            names=topic.names,
            position=position,
        )
    for position, each in enumerate(newsroom.newsletters()):
        made, is_new = Newsletter.objects.get_or_create(
            slug=each.slug,
            defaults={
                "name": each.name,
                "description": each.description,
                "language": each.lang,
                "time_zone": each.zone.key,
                "local_time": each.local_time,
                "days": "".join(_ISO_DAYS[day] for day in each.days),
                "channels": list(settings.DIGEST_CHANNELS),
                "publishes_by_rule": True,
                "position": position,
            },
        )
        if is_new and each.slug == "the-week-at-sea":
            made.topics.set(Topic.objects.filter(slug="trade-and-shipping"))
    for place in newsroom.places():
        if place.channel in settings.DIGEST_CHANNELS:
            add_place(
                *(place.channel, place.address),
                newsletters=place.newsletters, alerts=place.alerts, now=now,
            )  # fmt: skip
    return _editor()


@transaction.atomic
def _move(feeds_url: str) -> None:
    """Let what is served at another port from now on be what it was: each feed, each article."""
    paths = [feed.path for outlet in newsroom.outlets() for feed in outlet.feeds]
    known = "|".join(map(re.escape, paths))
    earlier = Feed.objects.filter(url__regex=rf"^http://127\.0\.0\.1:[0-9]+({known})$")
    places = {each.url: each for each in earlier}
    for feed in earlier:
        place, path = feed.url[: -len(urlsplit(feed.url).path)], urlsplit(feed.url).path
        if place != feeds_url and f"{feeds_url}{path}" not in places:
            feed.url = f"{feeds_url}{path}"
            places[feed.url] = feed
            feed.save(update_fields=["url"])
    for article in Article.objects.filter(url__regex=r"^http://127\.0\.0\.1:[0-9]+/a/"):
        moved = f"{feeds_url}{urlsplit(article.url).path}"
        identity = canonical.identity(moved)
        if article.url != moved and not Article.objects.filter(url_hash=identity).exists():
            article.url, article.url_hash = moved, identity
            article.save(update_fields=["url", "url_hash"])


@dataclass(frozen=True, slots=True)
class FilledForm:
    """One form that a sample reader fills in."""

    reader: newsroom.SampleReader
    channel: str
    address: str


def forms() -> tuple[FilledForm, ...]:
    """The forms of all sample readers, for each channel that asks for confirmation.

    Where the sample knows nobody's address on a channel, its stand-in may.
    """
    readers = newsroom.readers()
    known = {
        each.spec.name: {n: r.addresses[each.spec.name] for n, r in enumerate(readers)
                         if each.spec.name in r.addresses}
        or dict(enumerate(each.stand_in.readers))
        for each in stand_ins.shown(settings.DIGEST_CHANNELS, settings.DIGEST_HOME)
        if each.spec.words.confirmation is not None
    }  # fmt: skip
    return tuple(
        FilledForm(reader, channel, addresses[number])
        for number, reader in enumerate(readers)
        for channel, addresses in known.items()
        if number in addresses
    )


def sign_readers_up(*, now: datetime, base_url: str) -> int:
    """The sample readers fill in their forms; how many these were."""
    filled = forms()
    for form in filled:
        reader = form.reader
        subscribe(
            SignUp(
                channel=form.channel,
                address=form.address,
                newsletters=reader.newsletters,
                topics=reader.topics,
                alerts=reader.alerts,
                frequency=reader.frequency,
                local_time=time(reader.local_hour),
                time_zone=reader.zone.key,
                locale=reader.locale,
                languages=reader.languages,
                at=Circumstances(place=f"{base_url}/"),
            ),
            now=now,
        )
    return len(filled)


def bring_slots_forward(slug: str, *, at: datetime) -> None:
    """Move the newsletter's slot, and every reader's own hour, to ``at``.

    The demo cannot wait for tomorrow at seven; everything after this runs as it does on any day.
    Shortly before seven the day's draft is there already, and there is one a day: it moves along.
    """
    newsletter = Newsletter.objects.get(slug=slug)
    local = at.astimezone(ZoneInfo(newsletter.time_zone))
    newsletter.local_time = local.time()
    newsletter.days = "1234567"
    newsletter.save(update_fields=["local_time", "days"])
    drafts = Edition.objects.filter(newsletter=newsletter, state=Edition.State.DRAFT)
    drafts.filter(slot_at__gt=at).update(slot_at=at)
    for schedule in Schedule.objects.filter(is_active=True):
        schedule.local_time = at.astimezone(ZoneInfo(schedule.time_zone)).time()
        schedule.days = "1234567"
        schedule.next_due_at = at
        schedule.last_window_end = at - timedelta(days=1)
        schedule.save()


def keep_a_draft_open(slug: str) -> None:
    """Compose the newsletter a day ahead, every day, so that whoever sits down finds a draft."""
    newsletter = Newsletter.objects.get(slug=slug)
    newsletter.lead, newsletter.days = timedelta(days=1), "1234567"
    newsletter.save(update_fields=["lead", "days"])


@dataclass(frozen=True, slots=True)
class Hours:
    """When a newsletter and every reader's digest are due, by the readers' schedules' ids."""

    newsletter: tuple[time, str]
    schedules: dict[int, tuple[time, str]]


def hours(slug: str) -> Hours:
    """What :func:`bring_slots_forward` changes, as it is now."""
    newsletter = Newsletter.objects.get(slug=slug)
    rows = Schedule.objects.values_list("pk", "local_time", "days")
    return Hours(
        (newsletter.local_time, newsletter.days), {pk: (at, days) for pk, at, days in rows}
    )


def put_hours_back(slug: str, before: Hours, *, now: datetime) -> None:
    """Undo :func:`bring_slots_forward`: everything is due again when it was chosen to be."""
    at, days = before.newsletter
    Newsletter.objects.filter(slug=slug).update(local_time=at, days=days)
    for key, (local_time, chosen) in before.schedules.items():
        with transaction.atomic():
            Schedule.objects.filter(pk=key).update(local_time=local_time, days=chosen)
            timetable.keep(Address.objects.get(schedules=key), now=now, changed=True)


def _editor() -> Editor:
    password = secrets.token_urlsafe(9)
    member, _ = Member.objects.get_or_create(
        email=EDITOR,
        defaults={
            "first_name": "Ines",
            "last_name": "Calloway",
            "role": "chief",
            "time_zone": newsroom.newsletters()[0].zone.key,
        },
    )
    member.set_password(password)
    member.save()
    return Editor(member, password)


def main() -> int:
    """``python -m digest.demo.setting FEEDS_URL``: furnish, and print the editor's sign-in."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("feeds_url")
    editor = furnish(parser.parse_args().feeds_url, now=clock.now())
    print(f"{EDITOR}  {editor.password}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
