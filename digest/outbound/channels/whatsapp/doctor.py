"""WhatsApp's settings, and whether Meta knows the token: asked so that it costs no message."""

import re
from typing import Any
from urllib.parse import urlsplit

from digest.kit.doctor.dns import Ask
from digest.kit.doctor.finding import ERROR, Finding, error, ok, warning
from digest.outbound.channels.answered import asked
from digest.outbound.channels.whatsapp.button import base_of
from digest.outbound.channels.whatsapp.channel import CLOUD_API
from digest.outbound.channels.whatsapp.costs import BadRates, rates

_SUBJECT = "WhatsApp"
_VERSION = re.compile(r"(?:/[^/]+)*/v\d+\.\d+/?")


def check(settings: Any, ask: Ask) -> list[Finding]:
    """The settings, and the token if they are sound. DNS knows nothing of it."""
    found = check_settings(settings)
    return found if any(each.state == ERROR for each in found) else [*found, *_token(settings)]


def check_settings(settings: Any) -> list[Finding]:
    """Whether the channel has what it needs to send, and the hook to believe what it is told."""
    missing = _missing(settings, "DIGEST_WHATSAPP_PHONE_ID", "DIGEST_WHATSAPP_TOKEN")
    if missing:
        judge = error if settings.DIGEST_PRODUCTION else warning
        return [
            judge(
                _SUBJECT,
                f"Offered to readers, but {missing} is not set: nothing can be sent.",
                "Copy it from Meta's app dashboard, or take whatsapp out of DIGEST_CHANNELS.",
            )
        ]
    found = [ok(_SUBJECT, "The sender's id and token are set.")]
    unheard = _missing(settings, "DIGEST_WHATSAPP_APP_SECRET", "DIGEST_WHATSAPP_VERIFY_TOKEN")
    if unheard:
        found.append(
            warning(
                _SUBJECT,
                f"{unheard} is not set: whether messages arrived stays unknown.",
                "Set it, and point Meta's webhook at DIGEST_BASE_URL/hooks/whatsapp.",
            )
        )
    try:
        rates(settings.DIGEST_WHATSAPP_RATES)
    except BadRates as unreadable:
        words = f"{unreadable} No cost is told before a send."
        found.append(warning(_SUBJECT, words, "Mend DIGEST_WHATSAPP_RATES (docs/settings.md)."))
    found += [*_site(settings), *_pictures(settings)]
    url = urlsplit(settings.DIGEST_WHATSAPP_URL)
    if settings.DIGEST_PRODUCTION and settings.DIGEST_WHATSAPP_URL and url.scheme != "https":
        found.append(
            error(
                _SUBJECT,
                "DIGEST_WHATSAPP_URL is not https: the token would travel in the clear.",
                "Leave it unset to use Meta's own address.",
            )
        )
    elif settings.DIGEST_WHATSAPP_URL and not _VERSION.fullmatch(url.path):
        found.append(
            error(
                _SUBJECT,
                f"DIGEST_WHATSAPP_URL does not end as {CLOUD_API} does: every request would miss.",
                "Write the API's version at its end, or leave it unset.",
            )
        )
    return found


def _site(settings: Any) -> list[Finding]:
    """Whether buttons can lead to the newsroom's site."""
    if not settings.DIGEST_WHATSAPP_SITE or base_of(settings.DIGEST_WHATSAPP_SITE):
        return []
    return [
        warning(
            _SUBJECT,
            "DIGEST_WHATSAPP_SITE is no address of a site: alerts go out without a button.",
            "Write it as links to it begin, like https://news.example/",
        )
    ]


def _pictures(settings: Any) -> list[Finding]:
    """Whether alerts can go out with their picture: samples are handed to the app."""
    app, site = settings.DIGEST_WHATSAPP_APP_ID, base_of(settings.DIGEST_WHATSAPP_SITE)
    if not app:
        words = "Alerts go out without their picture: DIGEST_WHATSAPP_APP_ID is not set."
        return [ok(_SUBJECT, words)] if site else []
    if not (app.isascii() and app.isdecimal()):
        return [
            warning(
                _SUBJECT,
                "DIGEST_WHATSAPP_APP_ID is no app's id: no sample of a picture can be handed in.",
                "Copy the number at the top of your app's page in Meta's dashboard.",
            )
        ]
    if not site:
        return [
            warning(
                _SUBJECT,
                "Alerts go out without their picture: the template with one has a button, too.",
                "Set DIGEST_WHATSAPP_SITE to what links to your site begin with.",
            )
        ]
    return []


def _token(settings: Any) -> list[Finding]:
    """Whether the sender may be read with the token; no answer says nothing of the token."""
    if not (settings.DIGEST_WHATSAPP_TOKEN and settings.DIGEST_WHATSAPP_PHONE_ID):
        return []
    base = (settings.DIGEST_WHATSAPP_URL or CLOUD_API).rstrip("/")
    url = f"{base}/{settings.DIGEST_WHATSAPP_PHONE_ID}?fields=id"
    status, told = asked(url, {"Authorization": f"Bearer {settings.DIGEST_WHATSAPP_TOKEN}"})
    if status == 200 and told:
        return [ok(_SUBJECT, "Meta knows the token.")]
    if status not in {401, 403}:
        return []
    return [
        error(
            _SUBJECT,
            f"Meta refuses the token ({status}): nothing can be sent.",
            "Make a new one in Meta's app dashboard and set DIGEST_WHATSAPP_TOKEN.",
        )
    ]


def _missing(settings: Any, *names: str) -> str:
    return " and ".join(name for name in names if not getattr(settings, name))
