"""Approve an alert: a second pair of eyes, before it is issued."""

from datetime import datetime

from django.db import transaction

from digest.newsdesk.alerts.core.words import AlertRefused
from digest.newsdesk.alerts.lock import locked
from digest.newsdesk.alerts.models import Alert
from digest.staff.audit import record
from digest.staff.members import Member


@transaction.atomic
def approve(
    alert_id: int, *, member: Member, now: datetime, lock_version: int | None = None
) -> int:
    """Approve the draft as it reads and return its lock version; a second approval changes nothing.

    Raises ``Stale`` when it was reworded since ``lock_version``, ``AlertRefused`` once it was
    discarded.
    """
    alert = locked(alert_id, None)
    if alert.state in (Alert.State.APPROVED, Alert.State.ISSUED):
        return alert.lock_version
    alert = locked(alert_id, lock_version)
    if alert.state != Alert.State.DRAFT:
        raise AlertRefused(f"It was {alert.state}. Raise a new alert on the story.")
    alert.state, alert.approved_by, alert.approved_at = Alert.State.APPROVED, member, now
    alert.lock_version += 1
    alert.save()
    record("approved", alert, now=now, member=member, headline=alert.headline)
    return alert.lock_version
