"""Steps on many readers at once: addresses are locked in one order, a lost race is run again."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db import OperationalError

from digest.audience.models.addresses import Address
from digest.kit.sql import one_of

_Result = TypeVar("_Result")
# PostgreSQL's codes for serialization_failure and deadlock_detected: run the transaction again.
_LOST_RACES = {"40001", "40P01"}
_TRIES = 3


def lock(fingerprints: Iterable[bytes]) -> list[Address]:
    """The addresses of ``fingerprints``, locked until the transaction ends, by fingerprint.

    Whoever locks several does it here, and before anything else is written: two such steps then
    wait for each other and cannot deadlock.
    """
    rows = Address.objects.select_for_update(of=("self",)).order_by("fingerprint", "pk")
    return list(rows.filter(one_of("digest_address.fingerprint", set(fingerprints))))


def again_if_lost(step: Callable[[], _Result]) -> _Result:
    """Run ``step``, a whole transaction; up to twice more when it lost a race for locks.

    Raises the last ``OperationalError``, and any other at once.
    """
    for _ in range(_TRIES - 1):
        try:
            return step()
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) not in _LOST_RACES:
                raise
    return step()
