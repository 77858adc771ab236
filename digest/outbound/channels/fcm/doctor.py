"""Whether FCM can be spoken to: the service account alone, since nobody is asked."""

from typing import Any

from digest.kit.doctor.dns import Ask
from digest.kit.doctor.finding import Finding, error, ok, warning
from digest.outbound.channels.fcm.account import BadAccount, ServiceAccount

_SUBJECT = "FCM"


def check(settings: Any, ask: Ask) -> list[Finding]:
    """All that can be known without sending."""
    return check_settings(settings)


def check_settings(settings: Any) -> list[Finding]:
    """The account's key, and the key that apps register with."""
    judge = error if settings.DIGEST_PRODUCTION else warning
    if not settings.DIGEST_FCM_ACCOUNT:
        return [
            judge(
                _SUBJECT,
                "Switched on, but DIGEST_FCM_ACCOUNT is not set: nothing can be sent.",
                "Give the key file of a service account by DIGEST_FCM_ACCOUNT_FILE.",
            )
        ]
    try:
        account = ServiceAccount(settings.DIGEST_FCM_ACCOUNT)
    except BadAccount as bad:
        return [error(_SUBJECT, "The service account cannot be used.", str(bad))]
    found = [ok(_SUBJECT, f"The service account speaks for {account.project}.")]
    if not settings.DIGEST_FCM_APP_KEY:
        found.append(
            judge(
                _SUBJECT,
                "DIGEST_FCM_APP_KEY is not set: no app can register.",
                "Set it to a long random word, and build it into your app’s server.",
            )
        )
    return found
