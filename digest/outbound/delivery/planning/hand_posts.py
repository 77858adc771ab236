"""What waits for an editor to post by hand, where a place has no API; and that it was posted.

The audit trail holds who posted what, and when: nothing else has to be kept.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from digest.newsdesk.alerts.core.content import AlertContent
from digest.newsdesk.alerts.models import AlertRevision
from digest.newsdesk.editions.core.content import EditionContent
from digest.newsdesk.editions.models import EditionRevision
from digest.outbound.channels import registry
from digest.outbound.channels.by_hand import ByHand, PostWords
from digest.outbound.channels.spec import ChannelSpec
from digest.outbound.delivery.planning.wording import newsroom
from digest.staff.audit import AuditEntry, record
from digest.staff.members import Member

# What is older is no news any more.
SHOWN_FOR = timedelta(hours=24)
POSTED = "posted"

Frozen = EditionRevision | AlertRevision

_WAITING = """
SELECT count(*) FROM unnest(%(channels)s::text[]) AS place (channel) CROSS JOIN LATERAL (
    SELECT 'editionrevision' AS kind, max(r.id) AS id
    FROM digest_edition_revision r
    JOIN digest_edition e ON e.id = r.edition_id
    JOIN digest_newsletter n ON n.id = e.newsletter_id
    WHERE r.published_at > %(since)s AND n.channels @> to_jsonb(place.channel)
    GROUP BY r.edition_id
    UNION ALL
    SELECT 'alertrevision', max(id) FROM digest_alert_revision
    WHERE issued_at > %(since)s GROUP BY alert_id
) post
WHERE NOT EXISTS (
    SELECT FROM digest_audit_entry a
    WHERE a.subject_kind = post.kind AND a.subject_id = post.id AND a.verb = %(verb)s
      AND a.detail ->> 'channel' = place.channel)
"""


@dataclass(frozen=True, slots=True)
class HandPost:
    """One post: ``key`` names it in forms; ``posted_at`` and ``by`` once it is out."""

    key: str
    place: str
    address: str
    kind: str
    at: datetime
    words: PostWords
    limit: int
    newsletter_id: int | None = None
    posted_at: datetime | None = None
    by: str = ""


def hand_posts(*, now: datetime) -> tuple[HandPost, ...]:
    """All of the last day, what waits first, then the newest first."""
    posted = _posted(now)
    found = [
        _post(spec, by_hand, frozen, posted.get(_key(spec, frozen)))
        for spec, by_hand in _places()
        for frozen in _frozen(spec, now)
    ]
    made = [each for each in found if each is not None]
    return tuple(sorted(made, key=lambda each: (each.posted_at is not None, -each.at.timestamp())))


def waiting(*, now: datetime) -> int:
    """How many wait, by one query: it is asked with each page of the desk."""
    channels = [spec.name for spec, _ in _places()]
    if not channels:
        return 0
    since = now - SHOWN_FOR
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, {"channels": channels, "since": since, "verb": POSTED})
        return int(cursor.fetchone()[0])


def is_offered() -> bool:
    """Whether the newsroom has such a place."""
    return bool(_places())


def mark_posted(key: str, *, member: Member, now: datetime) -> bool:
    """Write down that an editor has posted it; False when it was posted already, or is unknown."""
    posted = _posted(now)
    for spec, _ in _places():
        for frozen in _frozen(spec, now):
            if _key(spec, frozen) == key and key not in posted:
                record(POSTED, frozen, now=now, member=member, channel=spec.name)
                return True
    return False


def newsletter_of(key: str, *, now: datetime) -> int | None:
    """Whose newsletter's post a key names; None for an alert's, and for one that is unknown."""
    found = (
        frozen
        for spec, _ in _places()
        for frozen in _frozen(spec, now)
        if _key(spec, frozen) == key
    )
    frozen = next(found, None)
    return frozen.edition.newsletter_id if isinstance(frozen, EditionRevision) else None


def _places() -> list[tuple[ChannelSpec, ByHand]]:
    return [
        (spec, spec.by_hand)
        for spec in registry.usable(settings.DIGEST_CHANNELS)
        if spec.by_hand and _address(spec, spec.by_hand)
    ]


def _address(spec: ChannelSpec, by_hand: ByHand) -> str:
    return str(getattr(registry.config(spec.name, settings), by_hand.at))


def _frozen(spec: ChannelSpec, now: datetime) -> list[Frozen]:
    """Editions of newsletters that the channel carries, and alerts, each in its latest revision."""
    since = now - SHOWN_FOR
    editions = (
        EditionRevision.objects.filter(
            published_at__gt=since, edition__newsletter__channels__contains=[spec.name]
        )
        .select_related("edition")
        .order_by("revision")
    )
    alerts = AlertRevision.objects.filter(issued_at__gt=since).order_by("revision")
    latest: dict[tuple[str, int], Frozen] = {}
    for edition in editions:
        latest["edition", edition.edition_id] = edition
    for alert in alerts:
        latest["alert", alert.alert_id] = alert
    return list(latest.values())


def _post(
    spec: ChannelSpec, by_hand: ByHand, frozen: Frozen, entry: AuditEntry | None
) -> HandPost | None:
    newsletter_id = None
    try:
        if isinstance(frozen, EditionRevision):
            content = EditionContent.from_document(frozen.content)
            kind, at, words = "edition", frozen.published_at, by_hand.edition(content, newsroom())
            newsletter_id = frozen.edition.newsletter_id
        else:
            said = AlertContent.from_document(frozen.content)
            kind, at, words = "alert", frozen.issued_at, by_hand.alert(said, newsroom())
    except ValueError:
        return None  # an edition without items
    return HandPost(
        key=_key(spec, frozen),
        place=by_hand.label,
        address=_address(spec, by_hand),
        kind=kind,
        at=at,
        words=words,
        limit=by_hand.limit,
        newsletter_id=newsletter_id,
        posted_at=entry.at if entry else None,
        by=entry.who if entry else "",
    )


def _key(spec: ChannelSpec, frozen: Frozen) -> str:
    return f"{spec.name}-{frozen._meta.model_name}-{frozen.pk}"


def _posted(now: datetime) -> dict[str, AuditEntry]:
    """What was marked as posted, by its key; nothing is shown for longer than that."""
    rows = AuditEntry.objects.filter(
        verb=POSTED,
        subject_kind__in=[each._meta.model_name for each in (EditionRevision, AlertRevision)],
        at__gt=now - SHOWN_FOR,
    )
    return {
        f"{each.detail.get('channel')}-{each.subject_kind}-{each.subject_id}": each
        for each in rows.order_by("-pk")
    }
