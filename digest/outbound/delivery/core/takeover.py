"""When the next of a reader's channels takes an alert that one of them did not bring (pure)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

# The times that docs/editing.md states.
ACCEPTED_WITHIN = timedelta(minutes=1)
ARRIVES_WITHIN = timedelta(minutes=5)
# News that is an hour old is no alert.
LATEST = timedelta(hours=1)
_LOOK_EVERY = timedelta(seconds=10)


class Stands(Enum):
    """How far a delivery has come."""

    OPEN = "open"
    IN_HAND = "in hand"
    ACCEPTED = "accepted"
    PERHAPS = "perhaps"
    REFUSED = "refused"
    LEFT_OUT = "left out"
    CALLED_OFF = "called off"


class HeardSince(Enum):
    """What was heard of it after it was accepted."""

    NOTHING = "nothing"
    ARRIVED = "arrived"
    CAME_BACK = "came back"


@dataclass(frozen=True, slots=True)
class WatchedAlert:
    """One delivery of an alert that another channel would take over.

    ``due_at`` is when it was to leave, after quiet hours. ``is_reported``: the channel says of each
    copy whether it arrived. ``stands_there``: its address has not been shut since.
    """

    stands: Stands
    due_at: datetime
    heard: HeardSince = HeardSince.NOTHING
    accepted_at: datetime | None = None
    is_reported: bool = False
    stands_there: bool = True


@dataclass(frozen=True, slots=True)
class WatchVerdict:
    """``pass_on`` to the next channel now; or look again at ``look_at``; neither: it is over."""

    pass_on: bool = False
    look_at: datetime | None = None


OVER, PASS_ON = WatchVerdict(), WatchVerdict(pass_on=True)


def judge_watched(watched: WatchedAlert, *, now: datetime) -> WatchVerdict:
    """What to do about it now."""
    if watched.stands is Stands.CALLED_OFF or now > watched.due_at + LATEST:
        return OVER
    if watched.heard is not HeardSince.NOTHING:
        return PASS_ON if watched.heard is HeardSince.CAME_BACK else OVER
    match watched.stands:
        case Stands.REFUSED | Stands.PERHAPS:
            return PASS_ON
        case Stands.LEFT_OUT:
            return OVER if watched.stands_there else PASS_ON
        case Stands.ACCEPTED:
            return _accepted(watched, now)
    patience_ends = watched.due_at + ACCEPTED_WITHIN
    if now < patience_ends:
        return WatchVerdict(look_at=min(patience_ends, max(now, watched.due_at) + _LOOK_EVERY))
    # What is in hand is answered within seconds, or given back.
    return PASS_ON if watched.stands is Stands.OPEN else WatchVerdict(look_at=now + _LOOK_EVERY)


def _accepted(watched: WatchedAlert, now: datetime) -> WatchVerdict:
    ends = (watched.accepted_at or watched.due_at) + ARRIVES_WITHIN
    if now < ends:
        return WatchVerdict(look_at=min(ends, now + _LOOK_EVERY) if watched.is_reported else ends)
    return PASS_ON if watched.is_reported else OVER
