"""Groups of articles and what ties them, as :mod:`average_linkage` takes them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
Doubles = NDArray[np.float64]


class Groups(NamedTuple):
    """Groups of articles to begin with, by position.

    ``size`` is how many articles a group has; ``inner`` sums the affinities inside, each pair twice
    and each article with itself at 1; ``crowd`` sums how far each of them raises the cut. ``home``
    is the story an editor put a group in, −1 if none: two that differ never become one.
    """

    size: Numbers
    inner: Doubles
    crowd: Doubles
    home: Numbers


class GroupLinks(NamedTuple):
    """Summed affinities between groups ``one`` and ``other``; a pair may be listed in parts."""

    one: Numbers
    other: Numbers
    affinity: Doubles
