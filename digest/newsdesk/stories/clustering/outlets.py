"""What two reports of one outlet have in common says less than what two outlets' have.

What an outlet has to add it adds to the report that stands, under the address it has. Its next is
mostly on something else, in the same words and habits: another state's poll, the next lens, the
minutes of another Monday. So strangers come nearer within an outlet than elsewhere, and by how much
is learnt from each outlet's own arrivals: how near the nearest of its own usually is. What comes no
nearer is no evidence, and of the rest a share counts; where few reports have a mate at all, hardly
any but of what says nearly the same. An event that others tell too loses little:
its reports meet through theirs. Where an outlet writes much of all there is, its own reports are
all there is to meet, and their likeness counts for as much more.
"""

from collections import Counter
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from digest.newsdesk.stories.clustering.features import Floats

NOBODY = 0
"""The outlet of a report that names none."""
_USUAL_MOST = 0.9


@dataclass(frozen=True, slots=True)
class OutletSetting:
    """What likeness within an outlet counts for."""

    within: float = 0.5
    """The share of a likeness that counts between two reports of an outlet that writes little of
    all; of one that writes all, the whole. Between .4 and .75 the development streams that name
    sources are grouped alike."""
    steep: float = 2.0
    """Where no report has a mate, a likeness within an outlet counts for no more than its power of
    one and this, the cube: the next report then is of another event, unless it says nearly the
    same. Less steep, the more of all there is the outlet writes."""
    joiners: float = 0.5
    """The power of the share of reports that have a mate; so far the cube does not count."""
    others: int = 20
    """Arrivals of others that are taken for granted, until there are some to count."""
    kept: int = 50
    """Arrivals of an outlet that are remembered of a block."""
    few: int = 6
    """Arrivals of an outlet that are taken to have had nobody of their own near: so many more must
    have had somebody before that is called a habit."""
    block: int = 500
    """Arrivals that are forgotten together."""
    blocks: int = 4
    """Blocks that are remembered, the present one included: as many as chance remembers, so that
    both are had again from the same arrivals."""


class Outlets:
    """Which outlets wrote the last arrivals, and how near these came to their own."""

    def __init__(self, setting: OutletSetting) -> None:
        self.setting = setting
        self._arrived: list[Counter[int]] = [Counter() for _ in range(setting.blocks)]
        self._nearest: list[dict[int, list[float]]] = [{} for _ in range(setting.blocks)]
        self._all = [0] * setting.blocks
        self._block = -1

    def count(self, number: int, source: str) -> int:
        """Count the ``number``\\ th arrival; its outlet as 32 bits, :data:`NOBODY` where none is
        told."""
        outlet = crc32(source.encode()) or 1 if source else NOBODY
        row = self._row(number)
        self._arrived[row][outlet] += 1
        self._all[row] += 1
        return outlet

    def weighed(self, number: int, outlet: int, own: Floats, share: float) -> Floats:
        """What likenesses between the ``number``\\ th arrival and its outlet's live ones count for,
        ``(own,)`` as they are given, where so large a ``share`` of reports has a mate, 0 to 1;
        learns how near the nearest of them is."""
        if outlet == NOBODY or not own.size:
            return own
        s = self.setting
        within, usual, others = self._habit(outlet)
        latest = self._nearest[self._row(number)].setdefault(outlet, [])
        if len(latest) < s.kept:
            latest.append(float(own.max()))
        above: Floats = np.maximum(own - np.float32(usual), 0.0) / np.float32(1.0 - usual)
        joined = np.float32(within) * above
        alone = np.minimum(joined, above ** (1.0 + s.steep * others))
        weight = np.float32(share**s.joiners)
        left: Floats = weight * joined + (np.float32(1.0) - weight) * alone
        return left

    def _habit(self, outlet: int) -> tuple[float, float, float]:
        """The share of a likeness that counts, the likeness from which on any does, and how far
        both hold, 0 to 1: less, the more of all there is the outlet writes."""
        s = self.setting
        wrote = sum(each[outlet] for each in self._arrived)
        share = wrote / (sum(self._all) + s.others)
        others = (1.0 - share) ** 2
        near = [0.0] * s.few
        for each in self._nearest:
            near += each.get(outlet, ())
        usual = min(sorted(near)[len(near) // 2], _USUAL_MOST)
        return 1.0 - (1.0 - s.within) * others, usual * others, others

    def _row(self, number: int) -> int:
        """The row of the present block; older ones are forgotten as it begins."""
        s, block = self.setting, number // self.setting.block
        for gone in range(max(self._block + 1, block - s.blocks + 1), block + 1):
            self._all[gone % s.blocks] = 0
            self._arrived[gone % s.blocks].clear()
            self._nearest[gone % s.blocks].clear()
        self._block = max(self._block, block)
        return self._block % s.blocks
