"""While an alert goes out from this machine its readers' pages wait for it, by a little."""

import asyncio
import math
import os
import time
from pathlib import Path

from digest.kit import supervise
from digest.web.serving.traffic import LONGEST_REST, PAGES_IN_HASTE, REST_IN_HASTE

_LOOK_EVERY, _TOGETHER = 0.02, 0.02


class GivingWay:
    """What is left to readers' pages of one process; all of it while nothing is urgent.

    ``home``: the data folder that the senders of this machine share with it; ``processors``: how
    many it may use, by default those of this process.
    """

    def __init__(self, home: Path, processors: int | None = None) -> None:
        self._home = home
        found = processors or os.cpu_count() or 1
        self._places, self._pages = max(found // 2, 1), found * PAGES_IN_HASTE
        self._is_haste = False
        self._looked_at = float("-inf")
        self._next = float("-inf")

    def is_haste(self) -> bool:
        """Whether something urgent is under way; looked at fifty times a second at most."""
        moment = time.monotonic()
        if moment - self._looked_at >= _LOOK_EVERY:
            self._is_haste, self._looked_at = supervise.is_haste(self._home), moment
        return self._is_haste

    async def turn(self, until: float) -> bool:
        """Wait until a page that is ready may be given; False when that would be after ``until``,
        by the monotonic clock: a no is said at once.
        """
        if not self.is_haste():
            return True
        moment = time.monotonic()
        due = max(self._next, moment)
        if due > until:
            return False
        self._next = due + 1 / self._pages
        if due > moment:
            # Some together: each waking of this process interrupts somebody.
            await asyncio.sleep(math.ceil(due / _TOGETHER) * _TOGETHER - moment)
        return True

    def places(self, most: int) -> int:
        """How many of ``most`` places for pages that must be made there are now."""
        return min(most, self._places) if self.is_haste() else most

    def rest(self, took: float) -> float:
        """For how long a place that was used for ``took`` seconds stays empty (seconds)."""
        return min(REST_IN_HASTE * took, LONGEST_REST) if self.is_haste() else 0.0
