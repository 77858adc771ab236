"""What push services said of a browser while they were spoken to, as a report of our own (pure)."""

from typing import Any

from digest.outbound.channels.hook import HookRequest, HookTools, Webhook
from digest.outbound.channels.report import Event, Kind, Report, text
from digest.outbound.channels.webpush.address import NAME


def _nobody(request: HookRequest, document: Any, tools: HookTools) -> bool:
    return False


def _none(document: Any) -> tuple[Event, ...]:
    return ()


def _gone(body: dict[str, Any], tools: HookTools) -> tuple[Report, ...]:
    """The browser gave its subscription up, or its owner took the permission back.

    It is a leaving and no bounce: so many do it in a year that a send would take it for an old list
    and pause itself.
    """
    return (Report(Kind.LEFT, text(body.get("key")), words=text(body.get("reply"))),)


WEBHOOKS = (Webhook(NAME, _nobody, _none, _gone),)
