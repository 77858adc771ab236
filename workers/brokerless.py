"""Losing the broker must not end a worker.

When the broker goes away while a task runs, kombu's Redis transport gives messages back over a
connection that has been taken apart, and an AttributeError comes of it, which Celery takes for
unrecoverable: the process would end, and with it the runs in its children. Said as what it is, a
lost connection, Celery survives it. The message comes back by itself; what it asked for is looked
up in rows anyway.
"""

from typing import Any

from kombu.transport.redis import Channel
from redis.exceptions import ConnectionError as ConnectionLost


class _StandingChannel(Channel):
    """kombu's channel, with an honest error once its connection is gone."""

    def _connparams(self, asynchronous: bool = False) -> Any:
        if self.connection is None or self.connection.client is None:
            raise ConnectionLost("The connection to the broker was closed.")
        return super()._connparams(asynchronous)  # type: ignore[no-untyped-call]


def survive() -> None:
    """Let every connection of this process use such channels."""
    from kombu.transport.redis import Transport

    Transport.Channel = _StandingChannel
