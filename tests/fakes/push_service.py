"""The stand-in for a push service, and a browser that can read what it carries."""

from contextlib import AbstractContextManager

from digest.outbound.channels.webpush.stand_in.browser import Browser
from digest.outbound.channels.webpush.stand_in.push_service import Line, PushService, serve
from tests.fakes.in_thread import in_thread

__all__ = ["Browser", "Line", "PushService", "running", "serve"]


def running(service: PushService) -> AbstractContextManager[PushService]:
    """``service`` in a thread of its own."""
    return in_thread(service, serve)
