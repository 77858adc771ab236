"""A small newsroom made of rows: stories with reports, newsletters, editors."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import count
from typing import Any

from digest.models import (
    Article,
    Feed,
    Member,
    Newsletter,
    Sighting,
    Story,
    StoryArticle,
    StoryTopic,
    Topic,
)

# A Monday, 06:40 in Singapore: twenty minutes before a slot at 07:00.
NOW = datetime(2026, 3, 1, 22, 40, tzinfo=UTC)
SLOT = datetime(2026, 3, 1, 23, 0, tzinfo=UTC)
EARLIER = NOW - timedelta(hours=2)
_numbers = count(1)


# Long enough to be a report of substance, and says what nothing here said before.
ALL_SAVED = (
    "All 214 people were taken off by midnight, the coast guard said on Monday. Two tugs are "
    "bringing the ship to harbour, where engineers will look for the cause. The operator has "
    "cancelled six crossings and offered passengers hotel rooms. Inspectors from the ministry of "
    "transport arrived at dawn, and the captain was heard by the harbour police for three hours. "
    "Nobody was hurt, the operator said, though eleven passengers were treated for the effects of "
    "smoke."
)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


def editor(name: str = "Ann") -> Member:
    return Member.objects.create_user(f"{name.lower()}@desk.example", first_name=name)


def topic(name: str) -> Topic:
    return Topic.objects.get_or_create(
        slug=name.lower().replace(" ", "-"), defaults={"name": name, "query": name}
    )[0]


def newsletter(**fields: Any) -> Newsletter:
    number = next(_numbers)
    defaults = {
        "slug": f"briefing-{number}",
        "name": "Morning briefing",
        "time_zone": "Asia/Singapore",
        "local_time": time(7, 0),
        "channels": ["email", "whatsapp"],
    }
    return Newsletter.objects.create(**defaults | fields)


def article(
    title: str, source: str, published: datetime, *, seen: datetime | None = None, **fields: Any
) -> Article:
    url = fields.pop("url", f"https://{source.lower().replace(' ', '')}.example/{next(_numbers)}")
    weight = fields.pop("weight", 1.0)
    feed, _ = Feed.objects.get_or_create(
        url=f"https://{source}.example/feed",
        defaults={"source": source, "weight": weight, "next_check_at": NOW},
    )
    made = Article.objects.create(
        url=url,
        url_hash=hashlib.sha256(url.encode()).digest(),
        title=title,
        source=source,
        language=fields.pop("language", "en"),
        published_at=published,
        first_seen_at=seen or published,
        updated_at=published,
        content_hash=b"0" * 32,
        **fields,
    )
    key = hashlib.sha256(url.encode()).digest()
    Sighting.objects.create(
        article=made, feed=feed, entry_key=key, entry_hash=key, seen_at=made.first_seen_at
    )
    return made


def story(
    headline: str,
    sources: Sequence[str] = ("Reuters",),
    *,
    at: datetime = EARLIER,
    topics: Sequence[str] = (),
    **fields: Any,
) -> Story:
    """A story reported by each of ``sources``, a minute apart, the last one at ``at``."""
    summary = fields.pop("summary", f"What is known about: {headline}.")
    first = at - timedelta(minutes=len(sources) - 1)
    made = Story.objects.create(
        headline=headline, summary=summary, language="en", first_at=first, last_at=at
    )
    for n, source in enumerate(sources):
        report(made, source, first + timedelta(minutes=n), title=headline, **fields)
    for name in topics:
        StoryTopic.objects.create(story=made, topic=topic(name), share=1.0)
    return made


def report(on: Story, source: str, at: datetime, *, title: str = "", **fields: Any) -> Article:
    """One more article on a story, as assign would record it."""
    made = article(title or on.headline, source, at, **fields)
    StoryArticle.objects.create(
        story=on,
        article=made,
        assigned_at=at,
        sequence=next(_numbers),
        first_story_id=on.pk,
    )
    on.lead_article = on.lead_article or made
    on.last_at = max(on.last_at, at)
    members = on.members.values_list("article__source", flat=True)
    on.article_count, on.source_count = len(members), len(set(members))
    on.save()
    return made
