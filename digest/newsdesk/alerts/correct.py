"""Correct an alert that went out: the correction follows it on every channel that got it."""

from datetime import datetime

from django.db import transaction

from digest.newsdesk.alerts.core.words import AlertRefused, checked
from digest.newsdesk.alerts.lock import locked
from digest.newsdesk.alerts.models import Alert, AlertRevision
from digest.newsdesk.alerts.revise import Issued, freeze
from digest.staff.members import Member


@transaction.atomic
def correct(
    alert_id: int,
    headline: str,
    summary: str,
    *,
    member: Member,
    now: datetime,
    lock_version: int | None = None,
) -> Issued:
    """Issue the next revision with other words; the words it has already change nothing.

    Raises ``AlertRefused`` when the alert is not out: before, reword it; after a withdrawal,
    raise a new one.
    """
    words = checked(headline, summary)
    alert = locked(alert_id, None)
    if alert.state == Alert.State.ISSUED and (alert.headline, alert.summary) == (
        words.headline,
        words.summary,
    ):
        return Issued(alert.pk, alert.revision, first=False)
    alert = locked(alert_id, lock_version)
    if alert.state != Alert.State.ISSUED:
        remedy = (
            "Reword it: it has not gone out."
            if alert.state in (Alert.State.DRAFT, Alert.State.APPROVED)
            else "Raise a new alert on the story."
        )
        raise AlertRefused(f"It is {alert.state}. {remedy}")
    alert.headline, alert.summary = words.headline, words.summary
    return freeze(alert, AlertRevision.Kind.CORRECTION, words, member=member, now=now)
