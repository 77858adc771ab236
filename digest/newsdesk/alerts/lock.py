"""Changing an alert that others may be changing too."""

from digest.kit.errors import StaleVersion
from digest.newsdesk.alerts.models import Alert


class StaleAlert(StaleVersion, RuntimeError):
    """The alert changed since the editor last saw it; the text says what to do."""


def locked(alert_id: int, lock_version: int | None) -> Alert:
    """The alert, locked until the transaction ends.

    Raises ``Alert.DoesNotExist``, and :class:`StaleAlert` when somebody changed it since the caller
    read ``lock_version``; None asks for no such check.
    """
    alert = Alert.objects.select_for_update(no_key=True).get(pk=alert_id)
    if lock_version is not None and alert.lock_version != lock_version:
        raise StaleAlert(
            f"Somebody else changed this alert; it is {alert.state} and reads "
            f"“{alert.headline}”. Nothing of yours was saved: reload the page and look again."
        )
    return alert
