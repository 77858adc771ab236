"""Issue an alert: it goes out, now, to everybody who asked for alerts."""

from datetime import datetime

from django.db import transaction

from digest.newsdesk.alerts.core.words import AlertRefused, checked
from digest.newsdesk.alerts.lock import locked
from digest.newsdesk.alerts.models import Alert, AlertRevision
from digest.newsdesk.alerts.revise import Issued, freeze
from digest.staff.members import Member

__all__ = ["Issued", "issue"]


@transaction.atomic
def issue(
    alert_id: int, *, member: Member, now: datetime, lock_version: int | None = None
) -> Issued:
    """Freeze the alert's first revision and wake its senders; a second issue changes nothing.

    Whoever issues a draft approves it by that. Raises ``Alert.DoesNotExist``, ``Stale`` when it
    was reworded since ``lock_version``, ``AlertRefused`` when it was discarded or withdrawn.
    """
    alert = locked(alert_id, None)
    if alert.state == Alert.State.ISSUED:
        return Issued(alert.pk, alert.revision, first=False)
    alert = locked(alert_id, lock_version)
    if alert.state not in (Alert.State.DRAFT, Alert.State.APPROVED):
        raise AlertRefused(f"It was {alert.state}. Raise a new alert on the story.")
    if alert.state == Alert.State.DRAFT:
        alert.approved_by, alert.approved_at = member, now
    alert.state, alert.issued_at = Alert.State.ISSUED, now
    words = checked(alert.headline, alert.summary)
    return freeze(alert, AlertRevision.Kind.FIRST, words, member=member, now=now)
