"""What FCM said of a device while it was spoken to, as a report of our own (pure)."""

from typing import Any

from digest.outbound.channels.fcm.address import NAME
from digest.outbound.channels.hook import HookRequest, HookTools, Webhook
from digest.outbound.channels.report import Event, Kind, Report, text


def _nobody(request: HookRequest, document: Any, tools: HookTools) -> bool:
    return False


def _none(document: Any) -> tuple[Event, ...]:
    return ()


def _gone(body: dict[str, Any], tools: HookTools) -> tuple[Report, ...]:
    """The app was removed, or got another registration: a leaving, and no bounce."""
    return (Report(Kind.LEFT, text(body.get("key")), words=text(body.get("reply"))),)


WEBHOOKS = (Webhook(NAME, _nobody, _none, _gone),)
