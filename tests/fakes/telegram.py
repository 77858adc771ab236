"""The stand-in for Telegram's Bot API, which is strict and scriptable enough for tests."""

from contextlib import AbstractContextManager

from digest.outbound.channels.telegram.stand_in.bot_api import TOKEN, BotApi, serve
from tests.fakes.in_thread import in_thread

__all__ = ["TOKEN", "BotApi", "running", "serve"]


def running(api: BotApi) -> AbstractContextManager[BotApi]:
    """``api`` in a thread of its own."""
    return in_thread(api, serve)
