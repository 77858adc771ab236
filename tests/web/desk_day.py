"""A day on the desk, made of the sample newsroom's articles: stories, topics, an open edition."""

import hashlib
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from digest.demo.newsroom import SampleArticle, articles, events, outlet, topics
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

PASSWORD = "a-long-night-desk"


def member(name: str = "Ann Ito", role: Role = Role.EDITOR) -> Member:
    """Somebody of the newsroom, with PASSWORD; the address is made of the first name."""
    first, _, last = name.partition(" ")
    return Member.objects.create_user(
        f"{first.lower()}@desk.example",
        PASSWORD,
        first_name=first,
        last_name=last,
        role=role,
        time_zone="Asia/Singapore",
    )


def stories(now: datetime) -> dict[str, Story]:
    """Every event of the sample as a story, by the event's name."""
    subjects = {
        each.slug: Topic.objects.create(
            slug=each.slug, name=each.name, description=each.description, query=each.query
        )
        for each in topics()
    }
    by_event: dict[str, list[SampleArticle]] = {}
    for each in articles():
        by_event.setdefault(each.event, []).append(each)
    made = {}
    for event in events():
        reports = sorted(by_event.get(event.slug, ()), key=lambda each: -each.minutes_ago)
        if reports:
            made[event.slug] = _story(reports, now)
            for slug in event.topics:
                StoryTopic.objects.create(story=made[event.slug], topic=subjects[slug], share=1)
    return made


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


def _story(reports: list[SampleArticle], now: datetime) -> Story:
    lead = next((each for each in reports if each.lang == "en"), reports[0])
    times = [each.published(now) for each in reports]
    story = Story.objects.create(
        headline=lead.title,
        summary=lead.summary if not lead.summary_is_html else lead.paragraphs[0],
        language=lead.lang,
        first_at=min(times),
        last_at=max(times),
        article_count=len(reports),
        source_count=len({each.outlet for each in reports}),
    )
    for each in reports:
        article = _article(each, now)
        StoryArticle.objects.create(
            story=story,
            article=article,
            assigned_at=now,
            sequence=article.pk,
            first_story_id=story.pk,
            tagged_at=now,
        )
        if each is lead:
            story.lead_article = article
    story.save()
    return story


def _article(each: SampleArticle, now: datetime) -> Article:
    source = outlet(each.outlet).name
    url = f"https://{each.outlet}.example{each.path}"
    at = each.published(now)
    article = Article.objects.create(
        url=url,
        url_hash=hashlib.sha256(url.encode()).digest(),
        title=each.title,
        summary=each.summary if not each.summary_is_html else each.paragraphs[0],
        text=each.body,
        author=each.author,
        source=source,
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
    feed, _ = Feed.objects.get_or_create(
        url=f"https://{each.outlet}.example/rss.xml",
        defaults={"source": source, "next_check_at": now},
    )
    key = hashlib.sha256(each.id.encode()).digest()
    Sighting.objects.create(article=article, feed=feed, entry_key=key, entry_hash=key, seen_at=at)
    return article
