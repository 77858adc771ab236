"""Two editors at one order: both moves stand where they can."""

from itertools import permutations

import pytest

from digest.newsdesk.editions.core.reordering import moved, settle_move


def together(seen: str, item: str, by: int, stands: str) -> str | None:
    """The order after the move, a letter an item; None where it was refused."""
    order, other = [ord(each) for each in seen], [ord(each) for each in stands]
    place = settle_move(order, ord(item), by, other)
    if place is None:
        return None
    return "".join(map(chr, moved(other, ord(item), place - other.index(ord(item)))))


@pytest.mark.parametrize(
    "seen, item, by, stands, then",
    [
        ("abcdef", "f", -1, "bacdef", "bacdfe"),  # each moved one at an end of their own
        ("abcd", "c", -1, "acdb", "acdb"),  # what it was to go above went down: it is above it
        ("abcd", "c", -1, "abc", "acb"),  # one below it was killed
        ("abcd", "c", -1, "acd", "acd"),  # the one above it was killed
        ("abcd", "c", -1, "nabcd", "nacbd"),  # one came in above
        ("abc", "b", 1, "abcn", "acbn"),  # and one below
        ("abc", "b", -1, "bac", "bac"),  # both the same: moved once
        ("abc", "c", -1, "bac", "cba"),  # one above b, the other below it: each was heard
        ("abcdef", "d", -3, "abcfde", "dabcfe"),  # dragged to the top, while one went up
        ("abcdef", "b", 3, "bcdefa", "cdebfa"),
        ("aib", "i", -1, "abi", None),  # up and down at once
        ("abcdef", "c", 1, "cabdef", None),  # to the top, and further down
    ],
)
def test_an_item_goes_where_both_said(
    seen: str, item: str, by: int, stands: str, then: str | None
) -> None:
    assert together(seen, item, by, stands) == then


def passed(seen: str, stands: str, other: str, item: str) -> bool:
    """Whether the other was moved past more than the item."""
    rest = seen.replace(item, "").replace(other, "")
    return any(
        (seen.index(other) < seen.index(each)) != (stands.index(other) < stands.index(each))
        for each in rest
    )


def test_what_either_said_of_two_items_holds_or_the_move_is_refused() -> None:
    """Every order of five that others may have made, and every move in it."""
    seen, refused = "abcde", 0
    for stands in map("".join, permutations(seen)):
        for item in seen:
            for by in (-4, -2, -1, 1, 2, 4):
                wanted = "".join(map(chr, moved([ord(each) for each in seen], ord(item), by)))
                got = together(seen, item, by, stands)
                if got is None:
                    refused += 1
                    continue
                assert got.replace(item, "") == stands.replace(item, ""), "the rest stays"
                for other in seen.replace(item, ""):
                    was, mine, theirs, now = (
                        order.index(other) < order.index(item)
                        for order in (seen, wanted, stands, got)
                    )
                    if mine != was:
                        assert now == mine, (stands, item, by, got)
                    elif theirs != was and not passed(seen, stands, other, item):
                        assert now == theirs, (stands, item, by, got)
    assert 0 < refused < 120 * 30 / 4


def test_a_move_in_an_order_that_nobody_changed_is_the_move() -> None:
    for item in "abcd":
        for by in range(-4, 5):
            wanted = "".join(map(chr, moved([ord(each) for each in "abcd"], ord(item), by)))
            assert together("abcd", item, by, "abcd") == wanted
