"""In which order a reader's channels tell them of an alert (pure).

Each place is told only when none before it can be: a channel whose alerts were left, or whose
address was shut, falls out by itself and the next one moves up.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

MOST_CHANNELS = 6


@dataclass(frozen=True, slots=True)
class AlertPlace:
    """One channel in a reader's order. ``stands``: its address is confirmed and not barred, and its
    alerts have not ended; a pause is a wish of the reader's, and passes no alert on.
    """

    address_id: int
    place: int
    stands: bool = True


def first_of(places: Iterable[AlertPlace]) -> int | None:
    """Whom an alert goes to first; None where nothing stands any more."""
    return next((each.address_id for each in _in_order(places) if each.stands), None)


def next_after(
    places: Iterable[AlertPlace], address_id: int, tried: Collection[int] = ()
) -> int | None:
    """Whom it goes to when ``address_id`` could not be told, and none of ``tried`` either."""
    order = _in_order(places)
    known = [each.address_id for each in order]
    after = order[known.index(address_id) + 1 :] if address_id in known else order
    barred = {address_id, *tried}
    return next(
        (each.address_id for each in after if each.stands and each.address_id not in barred), None
    )


def raised(order: Sequence[int], address_id: int) -> tuple[int, ...]:
    """The same order with one of them a place further up; the first stays the first."""
    ids = list(order)
    at = ids.index(address_id) if address_id in ids else 0
    if at:
        ids[at - 1], ids[at] = ids[at], ids[at - 1]
    return tuple(ids)


def _in_order(places: Iterable[AlertPlace]) -> list[AlertPlace]:
    return sorted(places, key=lambda each: (each.place, each.address_id))
