"""The desk's list of alerts: those waiting, then those that went out, with every revision."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from digest.newsdesk.alerts.core.content import AlertContent
from digest.newsdesk.alerts.core.words import AlertWords
from digest.newsdesk.alerts.models import Alert, AlertRevision
from digest.newsdesk.alerts.revise import content_of, last_content


@dataclass(frozen=True, slots=True)
class BoardRevision:
    """What went out, when, and by whose hand."""

    revision: int
    kind: str
    headline: str
    summary: str
    issued_at: datetime
    issued_by: str
    has_picture: bool = False


@dataclass(frozen=True, slots=True)
class BoardAlert:
    """An alert as the desk shows it."""

    alert_id: int
    public_id: str
    story_id: int
    state: str
    headline: str
    summary: str
    language: str
    lock_version: int
    raised_at: datetime
    raised_by: str
    approved_by: str
    issued_at: datetime | None
    revisions: tuple[BoardRevision, ...]


def board(*, limit: int = 50) -> tuple[BoardAlert, ...]:
    """The latest alerts, those waiting for a decision first; discarded ones are left out."""
    alerts = (
        Alert.objects.exclude(state=Alert.State.DISCARDED)
        .select_related("raised_by", "approved_by")
        .prefetch_related("revisions")
        .order_by("-raised_at", "-pk")[:limit]
    )
    waiting = (Alert.State.DRAFT, Alert.State.APPROVED)
    return tuple(sorted((_line(each) for each in alerts), key=lambda a: a.state not in waiting))


def alert_on_board(alert_id: int) -> BoardAlert:
    """One alert; raises ``Alert.DoesNotExist``."""
    rows = Alert.objects.select_related("raised_by", "approved_by").prefetch_related("revisions")
    return _line(rows.get(pk=alert_id))


def preview(alert_id: int, *, now: datetime) -> AlertContent:
    """What the alert says: as it went out last, or as it would go out now."""
    alert = Alert.objects.get(pk=alert_id)
    words = AlertWords(alert.headline, alert.summary)
    return last_content(alert) or content_of(
        alert, AlertRevision.Kind.FIRST, words, revision=1, now=now
    )


def _line(alert: Alert) -> BoardAlert:
    return BoardAlert(
        alert_id=alert.pk,
        public_id=str(alert.public_id),
        story_id=alert.story_id,
        state=alert.state,
        headline=alert.headline,
        summary=alert.summary,
        language=alert.language,
        lock_version=alert.lock_version,
        raised_at=alert.raised_at,
        raised_by=str(alert.raised_by or ""),
        approved_by=str(alert.approved_by or ""),
        issued_at=alert.issued_at,
        revisions=tuple(_revisions(alert.revisions.all())),
    )


def _revisions(rows: Iterable[AlertRevision]) -> Iterable[BoardRevision]:
    for row in sorted(rows, key=lambda row: row.revision):
        yield BoardRevision(
            revision=row.revision,
            kind=row.kind,
            headline=row.content["headline"],
            summary=row.content["summary"],
            issued_at=row.issued_at,
            issued_by=row.issued_by,
            has_picture=bool(row.content.get("picture")),
        )
