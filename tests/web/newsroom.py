"""A small newsroom for the tests of pages: what is on offer, what was published, who reads."""

from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256

from django.conf import settings

from digest.audience.core import tokens
from digest.audience.joining.confirm import confirm
from digest.audience.joining.subscribe import SignUp, subscribe
from digest.kit.clock import now
from digest.models import (
    Article,
    Edition,
    EditionRevision,
    Letter,
    Newsletter,
    Story,
    StoryArticle,
    Topic,
)
from digest.newsdesk.editions.core.content import ContentItem, EditionContent
from digest.newsdesk.picture import Picture
from digest.web.public import form_time

SLOT = datetime(2026, 11, 22, 23, tzinfo=UTC)


def made(ago: timedelta = timedelta(minutes=1)) -> str:
    """The signed time of a form that was shown a minute ago."""
    return form_time.stamp(now() - ago)


def offer() -> None:
    """Three topics and two newsletters, one of them by email alone."""
    Topic.objects.create(
        slug="korea",
        name="Korean peninsula relations",
        query="korea",
        description="The day’s stories from every side, merged.",
    )
    Topic.objects.create(
        slug="trade",
        name="Trade and shipping",
        query="trade",
        description="Ports, tariffs, routes.",
    )
    Topic.objects.create(slug="climate", name="Climate and energy", query="climate")
    Newsletter.objects.create(
        slug="morning",
        name="Morning briefing",
        description="Our editors’ top reads, five minutes.",
        time_zone="Asia/Singapore",
        channels=["email", "whatsapp"],
    )
    Newsletter.objects.create(
        slug="week",
        name="The week",
        description="What mattered, on one page.",
        days="6",
        local_time=time(9),
        channels=["email"],
        time_zone="Asia/Singapore",
    )


def item(headline: str, number: int = 0, **fields) -> ContentItem:
    """One story of an edition."""
    values = dict(
        story="00000000-0000-4000-8000-00000000000a",
        headline=headline,
        url=f"https://outlet.example/{number}",
        blurb="Messages between the two leaders speak of a “new chapter”.",
        sources=("Harbour Wire", "The Strait Post", "Nordlicht"),
        source_count=11,
    )
    return ContentItem(**(values | fields))


ITEMS = (
    item(
        "Beijing and Pyongyang mark 75 years of ties with a promise to work closer",
        picture=Picture(
            "https://pictures.example/a.jpg", "A flag over a building", "Photo: Harbour Wire"
        ),
    ),
    item("Parliament in the North to meet on an end to the goal of unification", 1),
    item("Seoul answers the nuclear warning: “the end of the regime”", 2, is_update=True),
    item("What the trade figures at Dandong say about a guarded friendship", 3, blurb=""),
    item("Monsoon leaves ports on the strait a day behind", 4, section="Trade and shipping"),
)


def publish(items: tuple[ContentItem, ...] = ITEMS, **fields) -> Edition:
    """A published edition of the morning briefing."""
    edition = Edition.objects.create(
        **(
            {
                "newsletter": Newsletter.objects.get(slug="morning"),
                "local_date": date(2026, 11, 23),
                "time_zone": "Asia/Singapore",
                "slot_at": SLOT,
                "window_start": SLOT - timedelta(days=1),
                "window_end": SLOT,
                "state": "published",
                "title": "Morning briefing",
            }
            | fields
        )
    )
    content = EditionContent(
        public_id=str(edition.public_id),
        kind="newsletter" if edition.newsletter else "personal",
        title=edition.title,
        language="en",
        local_date=edition.local_date,
        slot_at=edition.slot_at,
        time_zone=edition.time_zone,
        items=items,
        newsletter_slug=edition.newsletter.slug if edition.newsletter else "",
    )
    EditionRevision.objects.create(
        edition=edition,
        revision=1,
        content=content.to_document(),
        published_at=SLOT,
        published_by="by rule",
    )
    return edition


def story(*urls: str) -> Story:
    """A story reported at ``urls``, the first of them leading."""
    found = Story.objects.create(
        headline="Ports on the strait a day behind",
        summary="The monsoon came early and stayed.",
        first_at=SLOT,
        last_at=SLOT,
    )
    for number, url in enumerate(urls):
        article = Article.objects.create(
            url=url,
            url_hash=sha256(url.encode()).digest(),
            title=f"Report {number}: ports wait for the rain to end",
            source=("Harbour Wire", "The Strait Post", "Nordlicht")[number % 3],
            published_at=SLOT + timedelta(minutes=number),
            first_seen_at=SLOT,
            updated_at=SLOT,
            content_hash=b"0" * 32,
        )
        StoryArticle.objects.create(
            story=found,
            article=article,
            assigned_at=SLOT,
            sequence=article.pk,
            first_story_id=found.pk,
        )
        if not number:
            Story.objects.filter(pk=found.pk).update(lead_article=article)
    return found


def pending(address: str = "ann@example.org", **wish) -> int:
    """An address with a sign-up that waits; returns its id."""
    signed = subscribe(
        SignUp("email", address, **(wish or {"topics": ("korea",), "newsletters": ("morning",)})),
        now=now(),
    )
    assert signed.address_id is not None
    return signed.address_id


def reader(address: str = "ann@example.org", **wish) -> int:
    """A reader who confirmed; returns the address's id."""
    address_id = pending(address, **wish)
    confirm(confirm_token(address_id), now=now())
    return address_id


def confirm_token(address_id: int) -> str:
    """The token of the address's latest letter that asks to confirm."""
    letter = Letter.objects.filter(address_id=address_id, kind="confirm").latest("pk")
    return tokens.confirm_token(settings.SECRET_KEY, letter.pk)
