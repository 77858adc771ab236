"""Two editors at one order: where an item goes when the other moved others meanwhile. Pure."""

from collections.abc import Sequence


def settle_move(seen: Sequence[int], item: int, by: int, stands: Sequence[int]) -> int | None:
    """The place of ``item`` in ``stands`` once it was moved by ``by`` places in ``seen``.

    A move says of some others that the item goes above them, or below: that holds. So does what was
    said of the item meanwhile; and how it stood to the rest is kept as far as both allow. Another
    that moved past the item and past more gives way. None where the two contradict each other: both
    moved this item, and not the same way. Others that came in or went are no contradiction.
    """
    wanted = moved(seen, item, by)
    rest = [each for each in stands if each != item]
    others = [each for each in seen if each in rest]
    mine: dict[int, bool] = {}
    theirs: dict[int, bool] = {}
    passing: dict[int, bool] = {}
    kept: dict[int, bool] = {}
    for other in others:
        was, told, found = (_is_above(order, other, item) for order in (seen, wanted, stands))
        if told != was:
            mine[other] = told
        elif found == was:
            kept[other] = was
        elif any(_is_above(others, other, each) != _is_above(rest, other, each) for each in others):
            passing[other] = found
        else:
            theirs[other] = found
    for held in (mine | theirs | passing | kept, mine | theirs | passing, mine | theirs):
        first = max((rest.index(each) + 1 for each, above in held.items() if above), default=0)
        last = min((rest.index(each) for each, above in held.items() if not above),
                   default=len(rest))  # fmt: skip
        if first <= last:
            return last if wanted.index(item) < seen.index(item) else first
    return None


def moved(order: Sequence[int], item: int, by: int) -> list[int]:
    """``order`` with ``item`` so many places further down; past either end it stays at that end."""
    rest = [each for each in order if each != item]
    place = min(max(order.index(item) + by, 0), len(rest))
    return [*rest[:place], item, *rest[place:]]


def _is_above(order: Sequence[int], one: int, other: int) -> bool:
    return order.index(one) < order.index(other)
