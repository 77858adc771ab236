"""Lay ranked picks into an edition as its items."""

from collections.abc import Sequence

from digest.newsdesk.editions.candidates import candidates
from digest.newsdesk.editions.core.rank import EditionWindow, Pick, rank
from digest.newsdesk.editions.history import ReaderHistory, worth_telling
from digest.newsdesk.editions.models import Edition, Item
from digest.newsdesk.newsletters.models import Newsletter


def picks_for(
    edition: Edition, newsletter: Newsletter, *, size: int, without: Sequence[int] = ()
) -> tuple[Pick, ...]:
    """The best ``size`` stories of the edition's window by rule, leaving out ``without``."""
    window = EditionWindow(edition.window_start, edition.window_end, edition.time_zone)
    topic_ids = list(newsletter.topics.values_list("id", flat=True))
    offered = candidates(
        window,
        language=edition.language,
        languages=(edition.language,),
        topic_ids=topic_ids,
        any_topic=not topic_ids,
    )
    offered = worth_telling(
        offered,
        ReaderHistory(newsletter_ids=(newsletter.pk,)),
        before=edition.slot_at,
        languages=(edition.language,),
    )
    return rank((each for each in offered if each.story_id not in set(without)), window, size)


def lay(edition: Edition, picks: Sequence[Pick]) -> bool:
    """Make the edition's items ``picks``, in order; False when they and their order stand already.

    A story that stays keeps its row, so that a page showing it still names the right one.
    """
    there = {item.story_id: item for item in Item.objects.filter(edition=edition)}
    before = [item.story_id for item in sorted(there.values(), key=lambda item: item.position)]
    wanted = [_item(edition, there.get(pick.story_id), pick, n) for n, pick in enumerate(picks, 1)]
    gone = set(there) - {pick.story_id for pick in picks}
    Item.objects.filter(edition=edition, story__in=gone).delete()
    Item.objects.bulk_create(item for item in wanted if item.pk is None)
    Item.objects.bulk_update(
        [item for item in wanted if item.story_id in there],
        ["position", "score", "reason", "section", "is_update", "had_at"],
    )
    return before != [pick.story_id for pick in picks]


def refill_around(edition: Edition, kept: Sequence[Item], picks: Sequence[Pick]) -> None:
    """Keep ``kept`` at their places and let ``picks`` take the others; drop every other item.

    Killed items among ``kept`` stay killed and stand last.
    """
    live = {item.position: item for item in kept if not item.killed}
    Item.objects.filter(edition=edition).exclude(pk__in=[item.pk for item in kept]).delete()
    fresh = [_item(edition, None, pick, 0) for pick in picks]
    order: list[Item] = []
    for item in [live[position] for position in sorted(live)]:
        while fresh and len(order) + 1 < item.position:
            order.append(fresh.pop(0))
        order.append(item)
    order += fresh + [item for item in kept if item.killed]
    for position, item in enumerate(order, 1):
        item.position = position
        item.save()


def _item(edition: Edition, there: Item | None, pick: Pick, position: int) -> Item:
    item = there or Item(edition=edition, story_id=pick.story_id)
    item.position, item.score, item.reason = position, pick.score, pick.reason
    item.section, item.is_update = pick.section[:120], pick.is_update
    item.had_at = pick.had_at
    return item
