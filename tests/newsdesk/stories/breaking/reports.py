"""Reports on one story, and sources whose habits are known."""

from datetime import timedelta
from itertools import count

from digest.newsdesk.stories.breaking.burst import BurstReport
from digest.newsdesk.stories.breaking.reporting_rates import HOURS, ReportingRates, learn
from tests.newsdesk.desk import NOW

MINUTE = timedelta(minutes=1)
ELEVEN = (14, 13, 12, 11, 9, 7, 6, 5, 4, 2, 1)
_numbers = count(1)


def reports(*minutes_ago: float, **fields: object) -> list[BurstReport]:
    made = []
    for ago in minutes_ago:
        name = f"Source {next(_numbers)}"
        made.append(
            BurstReport(**{"source": name, "voice": name, "at": NOW - ago * MINUTE, **fields})
        )
    return made


def habits() -> ReportingRates:
    """``Wire`` labels a title in nine hundred urgent, ``Loud`` and ``Shrill`` one in ten."""
    hours_of = {name: dict.fromkeys(range(HOURS), 4) for name in ("Wire", "Loud", "Shrill")}
    shouts = {"Wire": (1, 900), "Loud": (90, 900), "Shrill": (90, 900)}
    return learn(hours_of, [], shouts, weeks=4)
