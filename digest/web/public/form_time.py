"""When a form was made, signed: programs answer sooner than people do, or keep a form for days.

Who comes too soon, too late or without it is asked to press the button once more, and loses
nothing. There is no cookie and no script in it. A kept page is up to a minute old when it is given,
so that a stamp may be older than the visit, and never younger.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from django.conf import settings

from digest.kit.signing import seal, unseal

FIELD = "made"
LEAST, MOST = timedelta(seconds=2), timedelta(hours=6)
ONCE_MORE = "Press the button once more, please. Everything you picked is kept."
_PURPOSE = "form made"


def stamp(now: datetime) -> str:
    """What a form made ``now`` holds in :data:`FIELD`."""
    return seal(settings.SECRET_KEY, _PURPOSE, str(int(now.timestamp())))


def is_doubtful(given: Mapping[str, str], headers: Mapping[str, str], now: datetime) -> bool:
    """Whether a form that holds ``given`` came sooner or later than a person's.

    A newsroom's own plain form has no stamp: there the browser must say that somebody pressed a
    button on another page (https://www.w3.org/TR/fetch-metadata/).
    """
    sealed = given.get(FIELD, "")
    if not sealed:
        pressed = headers.get("Sec-Fetch-User") == "?1"
        return not (pressed and headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"})
    at = unseal(settings.SECRET_KEY, _PURPOSE, sealed[:64])
    if at is None:
        return True
    return not LEAST <= now - datetime.fromtimestamp(int(at), UTC) <= MOST
