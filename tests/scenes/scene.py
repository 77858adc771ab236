"""Readers, a newsletter and published words, made in bulk: what a send needs to go out."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from digest.kit.signing import fingerprint
from digest.models import (
    Address,
    Alert,
    AlertRevision,
    Edition,
    EditionRevision,
    Newsletter,
    Send,
    Story,
    Subscriber,
    Subscription,
)
from digest.newsdesk.alerts.core.content import AlertContent
from digest.newsdesk.editions.core.content import ContentItem, EditionContent
from digest.newsdesk.picture import Picture
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.plan import plan_alert, plan_edition

_READERS = """
WITH person AS (
    INSERT INTO digest_subscriber (public_id, locale, time_zone, created_at)
    SELECT gen_random_uuid(), 'en', 'UTC', %(now)s FROM generate_series(1, %(count)s)
    RETURNING id
), place AS (
    INSERT INTO digest_address (subscriber_id, channel, value, fingerprint, verified_at,
        verified_by, created_at)
    SELECT id, %(channel)s,
        CASE WHEN %(channel)s = 'email' THEN 'reader' || id || '@' || %(domain)s
             ELSE '+65' || (80000000 + id) END,
        sha256((%(channel)s || id)::bytea), %(now)s, 'import', %(now)s
    FROM person RETURNING id, subscriber_id
)
INSERT INTO digest_subscription (subscriber_id, address_id, newsletter_id, alerts, state,
    ended_reason, created_at, confirmed_at)
SELECT subscriber_id, id, %(newsletter)s, %(newsletter)s IS NULL, 'active', '', %(now)s, %(now)s
FROM place
"""


def newsletter(**fields: Any) -> Newsletter:
    """A newsletter offered by email."""
    given = {"slug": "top-reads", "name": "Top reads", "channels": ["email"]} | fields
    return Newsletter.objects.create(**given)


def readers(
    count: int,
    newsletter: Newsletter | None,
    *,
    now: datetime,
    channel: str = "email",
    domain: str = "readers.example",
) -> None:
    """``count`` confirmed readers of ``newsletter``, or of breaking alerts when it is None."""
    with connection.cursor() as cursor:
        cursor.execute(
            _READERS,
            {
                "count": count,
                "channel": channel,
                "domain": domain,
                "newsletter": newsletter.pk if newsletter else None,
                "now": now,
            },
        )


def reader(newsletter: Newsletter | None, value: str, *, now: datetime) -> Subscription:
    """One confirmed reader at ``value``."""
    person = Subscriber.objects.create(created_at=now)
    address = Address.objects.create(
        subscriber=person,
        channel="email",
        value=value,
        fingerprint=fingerprint(settings.SECRET_KEY, "email", value),
        verified_at=now,
        verified_by="mail",
        created_at=now,
    )
    return Subscription.objects.create(
        subscriber=person,
        address=address,
        newsletter=newsletter,
        alerts=newsletter is None,
        state=Subscription.State.ACTIVE,
        created_at=now,
        confirmed_at=now,
    )


def edition(newsletter: Newsletter, *, now: datetime) -> EditionRevision:
    """A published edition with three items."""
    made = Edition.objects.create(
        newsletter=newsletter,
        local_date=now.date(),
        slot_at=now,
        window_start=now - timedelta(days=1),
        window_end=now,
        state=Edition.State.PUBLISHED,
        title="Top reads",
        published_at=now,
    )
    content = EditionContent(
        public_id=str(made.public_id),
        kind="newsletter",
        title=made.title,
        language="en",
        local_date=made.local_date,
        slot_at=now,
        time_zone="UTC",
        newsletter_slug=newsletter.slug,
        items=tuple(
            ContentItem(
                story=f"00000000-0000-4000-8000-00000000000{number}",
                headline=f"Harbour bridge reopens, day {number}",
                url=f"https://meridian.example/{number}",
                blurb="Ferries return to their old timetable on Monday.",
                sources=("The Meridian",),
                source_count=2,
            )
            for number in (1, 2, 3)
        ),
    )
    return EditionRevision.objects.create(
        edition=made,
        revision=1,
        content=content.to_document(),
        published_at=now,
        published_by="by rule",
    )


def alert(*, now: datetime, **aim: Any) -> AlertRevision:
    """An issued alert; ``aim`` is whom it concerns (``topic_ids``, ``is_biggest``), and what
    :func:`alert_revision` takes besides.
    """
    made = Alert.objects.create(
        story=Story.objects.create(headline="Quake", first_at=now, last_at=now),
        state=Alert.State.ISSUED,
        headline="Quake of magnitude 6.1 off the east coast",
        revision=1,
        raised_at=now,
        issued_at=now,
    )
    return alert_revision(made, 1, AlertRevision.Kind.FIRST, now=now, **aim)


def alert_revision(
    alert: Alert,
    revision: int,
    kind: str,
    *,
    now: datetime,
    others: tuple[tuple[str, str, str], ...] = (),
    picture: Picture | None = None,
    **aim: Any,
) -> AlertRevision:
    """One more frozen revision of ``alert``; ``others`` is it in other languages."""
    content = AlertContent(
        public_id=str(alert.public_id),
        kind=kind,
        headline=alert.headline,
        url="https://meridian.example/quake",
        language="en",
        summary="No damage is reported so far.",
        sources=("The Meridian",),
        issued_at=now.isoformat(),
        revision=revision,
        others=others,
        picture=picture,
    )
    return AlertRevision.objects.create(
        alert=alert,
        revision=revision,
        kind=kind,
        content=content.to_document(),
        issued_at=now,
        issued_by="an editor",
        **aim,
    )


def running_edition(count: int, *, now: datetime, slug: str = "top-reads") -> Send:
    """A send of a new edition to ``count`` new readers, fanned out and running."""
    daily = newsletter(slug=slug)
    readers(count, daily, now=now)
    frozen = edition(daily, now=now)
    (send_id,) = plan_edition(frozen.edition_id, 1, now=now).send_ids
    fan_out(send_id, now=now)
    return Send.objects.get(pk=send_id)


def running_alert(count: int, *, now: datetime) -> Send:
    """A send of a new alert by email to ``count`` new readers, fanned out and running."""
    readers(count, None, now=now)
    frozen = alert(now=now)
    ids = plan_alert(frozen.alert_id, 1, now=now).send_ids
    send = Send.objects.get(pk__in=ids, channel="email")
    fan_out(send.pk, now=now)
    send.refresh_from_db()
    return send
