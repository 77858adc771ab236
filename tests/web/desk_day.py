"""A day on the desk, made of the sample newsroom's articles: stories, topics, an open edition."""

import hashlib
from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.hashers import make_password

from digest.demo.newsroom import SampleArticle, articles, events, outlet, topics
from digest.kit import published
from digest.kit.signing import fingerprint
from digest.models import (
    Address,
    Article,
    Edition,
    Feed,
    Member,
    Newsletter,
    Sighting,
    Story,
    StoryArticle,
    StoryTopic,
    Subscriber,
    Subscription,
    Topic,
)
from digest.newsdesk.editions.compose import compose_next
from digest.staff.access import Role
from tests.scenes.rows import KeptRows, keep, numbered, write

PASSWORD = "a-long-night-desk"


def member(name: str = "Ann Ito", role: Role = Role.EDITOR) -> Member:
    """Somebody of the newsroom, with PASSWORD; the address is made of the first name."""
    first, _, last = name.partition(" ")
    return Member.objects.create(
        email=f"{first.lower()}@desk.example",
        password=_hashed(settings.PASSWORD_HASHERS[0]),
        first_name=first,
        last_name=last,
        role=role,
        time_zone="Asia/Singapore",
    )


@cache
def _hashed(hasher: str) -> str:
    """Hashing a password is slow on purpose; once is enough."""
    return make_password(PASSWORD)


def stories(now: datetime) -> dict[str, Story]:
    """Every event of the sample as a story, by the event's name."""
    slugs, kept = _day()
    before = write(kept, now.replace(microsecond=0))[Story._meta.db_table]
    # As Topic's signal tells it.
    published.changed()
    made = Story.objects.filter(pk__gt=before).order_by("pk")
    return dict(zip(slugs, made, strict=True))


@cache
def _day() -> tuple[list[str], list[KeptRows]]:
    """The events' names in the order of their stories, and the rows of all tables."""
    at = datetime(2026, 11, 30, 12, tzinfo=UTC)
    subjects = {
        each.slug: Topic(
            slug=each.slug, name=each.name, description=each.description, query=each.query
        )
        for each in topics()
    }
    rows = {each.id: _article(each, at) for each in articles()}
    feeds = {
        each.outlet: Feed(url=f"https://{each.outlet}.example/rss.xml", next_check_at=at)
        for each in articles()
    }
    for each in (subjects, rows, feeds):
        numbered(each.values())
    made = {slug: _story(reports, rows) for slug, reports in _reports().items()}
    numbered(made.values())
    joined = [
        StoryArticle(
            story=made[slug],
            article=rows[each.id],
            assigned_at=at,
            sequence=rows[each.id].pk,
            first_story_id=made[slug].pk,
            score=1.0,
            tagged_at=at,
        )
        for slug, reports in _reports().items()
        for each in reports
    ]
    under = [
        StoryTopic(story=made[event.slug], topic=subjects[slug], share=1)
        for event in events()
        if event.slug in made
        for slug in event.topics
    ]
    kept = [keep(list(each.values()), at) for each in (subjects, rows, feeds)]
    kept.append(keep(_sightings(rows, feeds), at))
    kept.append(keep(list(made.values()), at))
    kept.append(keep(joined, at, {"sequence": Article, "first_story_id": Story}))
    kept.append(keep(under, at))
    return list(made), kept


def newsletter(now: datetime, minutes: int = 29, **fields: object) -> Newsletter:
    """The morning briefing, due ``minutes`` from now."""
    slot = (now + timedelta(minutes=minutes)).astimezone(ZoneInfo("Asia/Singapore"))
    values = {
        "slug": "morning-briefing",
        "name": "Morning briefing",
        "time_zone": "Asia/Singapore",
        "local_time": time(slot.hour, slot.minute),
        "channels": ["email", "whatsapp"],
        "publishes_by_rule": True,
        "size": 6,
    }
    return Newsletter.objects.create(**(values | fields))


def edition(now: datetime, **fields: object) -> Edition:
    """A draft of the morning briefing, composed by rule."""
    made = compose_next(newsletter(now, **fields).pk, now=now)
    return Edition.objects.get(pk=made.edition_ids[0])


def reader(
    value: str, now: datetime, *, on: Newsletter | None = None, alerts: bool = False
) -> None:
    """A confirmed reader of a newsletter, of alerts, or of both."""
    channel = "email" if "@" in value else "whatsapp"
    subscriber = Subscriber.objects.create(created_at=now)
    address = Address.objects.create(
        subscriber=subscriber,
        channel=channel,
        value=value,
        fingerprint=fingerprint(settings.SECRET_KEY, channel, value),
        verified_at=now,
        created_at=now,
    )
    row = dict(
        subscriber=subscriber, address=address, state="active", created_at=now, confirmed_at=now
    )
    if on is not None:
        Subscription.objects.create(newsletter=on, **row)
    if alerts:
        Subscription.objects.create(alerts=True, **row)


def _reports() -> dict[str, list[SampleArticle]]:
    by_event: dict[str, list[SampleArticle]] = {}
    for each in sorted(articles(), key=lambda each: -each.minutes_ago):
        by_event.setdefault(each.event, []).append(each)
    return {event.slug: by_event[event.slug] for event in events() if event.slug in by_event}


def _story(reports: list[SampleArticle], rows: dict[str, Article]) -> Story:
    lead = next((each for each in reports if each.lang == "en"), reports[0])
    times = [rows[each.id].published_at for each in reports]
    return Story(
        headline=lead.title,
        summary=rows[lead.id].summary,
        language=lead.lang,
        first_at=min(times),
        last_at=max(times),
        article_count=len(reports),
        source_count=len({each.outlet for each in reports}),
        lead_article=rows[lead.id],
    )


def _article(each: SampleArticle, now: datetime) -> Article:
    url = f"https://{each.outlet}.example{each.path}"
    at = each.published(now)
    return Article(
        url=url,
        url_hash=hashlib.sha256(url.encode()).digest(),
        title=each.title,
        summary=each.summary if not each.summary_is_html else each.paragraphs[0],
        text=each.body,
        author=each.author,
        source=outlet(each.outlet).name,
        agency=each.agency,
        language=each.lang,
        image_url=f"https://pictures.example{each.image.path}" if each.image else "",
        image_alt=each.image.alt if each.image else "",
        image_credit=each.image.credit if each.image else "",
        published_at=at,
        first_seen_at=at,
        updated_at=at,
        content_hash=b"0" * 32,
    )


def _sightings(rows: dict[str, Article], feeds: dict[str, Feed]) -> list[Sighting]:
    keys = {each.id: hashlib.sha256(each.id.encode()).digest() for each in articles()}
    return [
        Sighting(
            article=rows[each.id],
            feed=feeds[each.outlet],
            entry_key=keys[each.id],
            entry_hash=keys[each.id],
            seen_at=rows[each.id].first_seen_at,
        )
        for each in articles()
    ]
