"""Errors that are limits: whoever handles "any error" lets these pass."""

_NAMES = {"SoftTimeLimitExceeded", "TimeLimitExceeded", "WorkerLostError"}


def raise_limit(error: BaseException) -> None:
    """Raise ``error`` again if it is the end of a task's time or of the machine's memory.

    By name: the library does not know whose workers it runs in. For handlers of ``Exception``,
    of which such limits are a kind.
    """
    if isinstance(error, MemoryError) or type(error).__name__ in _NAMES:
        raise error
