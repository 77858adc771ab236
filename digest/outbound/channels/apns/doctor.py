"""Whether APNs can be spoken to: key, team and apps alone, since nobody is asked."""

from typing import Any

from digest.kit.doctor.dns import Ask
from digest.kit.doctor.finding import Finding, error, ok, warning
from digest.outbound.channels.apns.channel import config_of
from digest.outbound.channels.apns.provider_token import BadApnsKey

_SUBJECT = "APNs"


def check(settings: Any, ask: Ask) -> list[Finding]:
    """All that can be known without sending."""
    return check_settings(settings)


def check_settings(settings: Any) -> list[Finding]:
    """The keys, the apps, and the word that apps register with."""
    judge = error if settings.DIGEST_PRODUCTION else warning
    if not (settings.DIGEST_APNS_KEY or settings.DIGEST_APNS_SANDBOX_KEY):
        return [
            judge(
                _SUBJECT,
                "Switched on, but DIGEST_APNS_KEY is not set: nothing can be sent.",
                "Make a key for APNs in Apple's developer portal and give its .p8 file by"
                " DIGEST_APNS_KEY_FILE.",
            )
        ]
    try:
        config = config_of(settings)
    except BadApnsKey as bad:
        return [error(_SUBJECT, "The key cannot be used.", str(bad))]
    if not config.topics:
        return [
            judge(
                _SUBJECT,
                "DIGEST_APNS_TOPICS is not set: no app is known.",
                "Set it to the bundle ids of your apps, with commas.",
            )
        ]
    found = [ok(_SUBJECT, f"Keys for {' and '.join(config.places)}; apps: {len(config.topics)}.")]
    if not settings.DIGEST_APNS_APP_KEY:
        found.append(
            judge(
                _SUBJECT,
                "DIGEST_APNS_APP_KEY is not set: no app can register.",
                "Set it to a long random word, and build it into your app’s server.",
            )
        )
    return found
