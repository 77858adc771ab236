"""Where readers stand in a series whose messages are inserted and taken out meanwhile (pure)."""

from collections.abc import Iterable, Sequence

from digest.audience.core.series_plan import StepPlan


def places(steps: Iterable[tuple[int, int, int | None]]) -> dict[int, int]:
    """By message, after which place its reader goes on; ``steps`` as (id, position, stood after).

    A message that was taken out (position 0) counts as the one before it that is still there; 0
    when there is none, so that its reader goes on with the first.
    """
    rows = {pk: (position, before) for pk, position, before in steps}
    found: dict[int, int] = {}
    for each in rows:
        pk: int | None = each
        seen: set[int] = set()
        while pk in rows and pk not in seen and not rows[pk][0]:
            seen.add(pk)
            pk = rows[pk][1]
        found[each] = rows[pk][0] if pk in rows else 0
    return found


def matched(plans: Sequence[StepPlan], there: Sequence[StepPlan]) -> list[int | None]:
    """For each of ``plans`` which of the messages that are ``there`` it is; None for a new one.

    The very same words are the same message wherever an editor moved them; else the number that
    came with them says which it is.
    """
    free = {each.step_id: each for each in there}
    found: list[int | None] = [None] * len(plans)
    for by_place in (True, False):
        for place, plan in enumerate(plans):
            if found[place] is None:
                found[place] = _same(plan, free, by_place=by_place)
                free.pop(found[place] or 0, None)
    for place, plan in enumerate(plans):
        if found[place] is None and plan.step_id in free:
            found[place] = plan.step_id
            del free[plan.step_id]
    return found


def _same(plan: StepPlan, free: dict[int, StepPlan], *, by_place: bool) -> int | None:
    """The message with the very same words: the one of that number, or any."""
    if by_place:
        own = free.get(plan.step_id)
        return plan.step_id if own is not None and own.words == plan.words else None
    return next((pk for pk, each in free.items() if each.words == plan.words), None)
