"""Correct an alert that went out: the correction follows it on every channel that got it."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from digest.newsdesk.alerts.core.words import AlertRefused, AlertWords, checked, checked_others
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
    others: Mapping[str, AlertWords] | None = None,
    keeps_picture: bool = True,
) -> Issued:
    """Issue the next revision with other words; the words it has already change nothing.

    The picture that went out stays above it, or goes (``keeps_picture``); another one is a matter
    for another alert.

    ``others`` is what it says in other languages from now on: nothing, when not named, so that
    nobody reads the old words again. Those that went out already are refused beside new ones.
    Raises ``AlertRefused`` when the alert is not out: before, reword it; after a withdrawal,
    raise a new one.
    """
    words, said = checked(headline, summary), checked_others(others or {})
    alert = locked(alert_id, None)
    same = (alert.headline, alert.summary) == (words.headline, words.summary)
    as_it_is = same and (others is None or said == alert.in_others)
    as_it_is = as_it_is and (keeps_picture or alert.picture is None)
    if alert.state == Alert.State.ISSUED and as_it_is:
        return Issued(alert.pk, alert.revision, first=False)
    alert = locked(alert_id, lock_version)
    if alert.state != Alert.State.ISSUED:
        remedy = (
            "Reword it: it has not gone out."
            if alert.state in (Alert.State.DRAFT, Alert.State.APPROVED)
            else "Raise a new alert on the story."
        )
        raise AlertRefused(f"It is {alert.state}. {remedy}")
    old = [tag for tag, each in said.items() if alert.in_others.get(tag) == each]
    if old and not same:
        raise AlertRefused(
            f"The words in {', '.join(old)} are those that went out already. Correct them as well,"
            " or empty them: their readers then get yours."
        )
    alert.headline, alert.summary = words.headline, words.summary
    alert.say_in_others(said)
    if not keeps_picture:
        alert.show(None)
    return freeze(alert, AlertRevision.Kind.CORRECTION, words, member=member, now=now)
