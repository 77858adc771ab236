"""Withdraw an alert that went out: its readers are told that it does not hold."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from digest.kit.text import one_line
from digest.newsdesk.alerts.core.words import AlertRefused, AlertWords, checked, checked_others
from digest.newsdesk.alerts.lock import locked
from digest.newsdesk.alerts.models import Alert, AlertRevision
from digest.newsdesk.alerts.revise import Issued, freeze
from digest.staff.members import Member


@transaction.atomic
def withdraw(
    alert_id: int,
    reason: str,
    *,
    member: Member,
    now: datetime,
    lock_version: int | None = None,
    others: Mapping[str, str] | None = None,
) -> Issued:
    """Issue a last revision under the headline that went out, with ``reason`` for its readers.

    ``others`` is the reason in other languages of the alert, by tag; in one without, readers get
    the headline of what is withdrawn. A second withdrawal changes nothing. Raises ``AlertRefused``
    without a reason, and when the alert never went out: that one is discarded.
    """
    alert = locked(alert_id, None)
    if alert.state == Alert.State.WITHDRAWN:
        return Issued(alert.pk, alert.revision, first=False)
    alert = locked(alert_id, lock_version)
    if alert.state != Alert.State.ISSUED:
        raise AlertRefused(f"It is {alert.state}: nobody got it. Discard it.")
    words = checked(alert.headline, reason)
    if not words.summary:
        raise AlertRefused("Say in one sentence why: the readers who got the alert will read it.")
    told = {
        tag: AlertWords(alert.in_others[tag].headline, given)
        for tag, given in (others or {}).items()
        if tag in alert.in_others and one_line(given)
    }
    alert.state = Alert.State.WITHDRAWN
    return freeze(
        alert,
        AlertRevision.Kind.WITHDRAWAL,
        words,
        others=checked_others(_headlines(alert) | told),
        member=member,
        now=now,
    )


def _headlines(alert: Alert) -> dict[str, AlertWords]:
    """What is withdrawn, in each language that it was said in."""
    return {tag: AlertWords(words.headline, "") for tag, words in alert.in_others.items()}
