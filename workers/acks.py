"""An acknowledgement that cannot be made must not end the worker.

When the broker goes away while a task runs, kombu's Redis transport acknowledges on a connection
that has been taken apart and raises AttributeError, which Celery takes for unrecoverable: the
process would end, and with it the runs in its children. The message comes back by itself; what it
asked for is looked up in rows anyway.
"""

from typing import Any

from kombu.message import Message


def forgive() -> None:
    """Count that AttributeError among the lost connections which Celery logs and survives."""
    for name in ("ack_log_error", "reject_log_error"):
        setattr(Message, name, _forgiving(getattr(Message, name)))


def _forgiving(method: Any) -> Any:
    def acknowledge(
        message: Message,
        logger: Any,
        errors: tuple[type[BaseException], ...],
        *args: Any,
        **more: Any,
    ) -> Any:
        return method(message, logger, (*errors, AttributeError), *args, **more)

    return acknowledge
