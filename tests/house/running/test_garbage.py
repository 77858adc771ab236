"""What tests leave goes, though it is looked for seldom."""

import gc
import weakref

from tests.garbage import OBJECTS


class Knot:
    """Refers to itself, so that it does not go with its last name."""

    def __init__(self) -> None:
        self.itself = self


def test_what_is_imported_is_never_looked_through_again() -> None:
    assert gc.get_freeze_count() > 100_000


def test_garbage_is_looked_for_seldom() -> None:
    assert gc.isenabled()
    assert gc.get_threshold()[0] == OBJECTS


def test_what_nobody_can_reach_goes_by_itself_all_the_same() -> None:
    gone = weakref.ref(Knot())
    held = [Knot() for _ in range(2 * OBJECTS)]
    assert gone() is None
    assert all(each.itself is each for each in held)
