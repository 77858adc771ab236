"""Tell a worker to look, once the transaction has committed.

A wake-up is a hint: the row is the truth and a sweeper finds what a lost hint left behind, so
every error here is swallowed and logged.
"""

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from digest.kit.observe import log


def on_commit(stage: str, *ids: int) -> None:
    """After commit, call ``DIGEST_WAKER`` with the stage's name and the ids of what changed."""
    transaction.on_commit(lambda: call(stage, *ids), robust=True)


def call(stage: str, *ids: int) -> bool:
    """Wake ``stage`` now; whether anybody was told. Nobody is when no waker is configured."""
    if not settings.DIGEST_WAKER:
        return False
    try:
        import_string(settings.DIGEST_WAKER)(stage, *ids)
    except Exception as error:
        log.warning("wake-up lost", stage=stage, reason=str(error))
        return False
    return True
