"""The best stories, as far as anybody knows: a chart, a table, and words on what is measured."""

from collections.abc import Sequence
from datetime import datetime

from digest.outbound.delivery.figures.best import BestStory, best_stories
from digest.web.desk.figures import charts, followed
from digest.web.desk.kept import KeptValues

_stories: KeptValues[tuple[BestStory, ...]] = KeptValues(60)
_COUNTED = (
    "Those that most readers followed from a mail come first: people alone, each once in two days. "
    "A story told to more readers is followed by more, so hold it against the messages beside it; "
    "what is read without following a link, or in a chat, nobody counts."
)
_NOT_COUNTED = (
    "Links are not counted here, so nobody knows what readers liked best. These are the stories "
    "that the newsroom told most often: in the most editions and alerts, at the head of the most."
)


def stories(since: datetime) -> tuple[BestStory, ...]:
    """The month's."""
    by_readers = followed.is_shown()
    return _stories.get(by_readers, lambda: best_stories(since=since, by_readers=by_readers))


def says() -> str:
    """What the order means."""
    return _COUNTED if followed.is_shown() else _NOT_COUNTED


def key() -> str:
    """What the chart's bars are."""
    if followed.is_shown():
        return "Plain: readers who followed it. The numbers below are the table’s."
    return "Plain: editions. Hatched: alerts. The numbers below are the table’s."


def heads() -> tuple[str, ...]:
    """The table's; the first is words."""
    last = ("Followed",) if followed.is_shown() else ()
    return ("Story", "Place", "Editions", "Led", "Alerts", "Messages", *last)


def rows(found: Sequence[BestStory]) -> tuple[tuple[str, ...], ...]:
    """A row a story, in their order."""
    shown = followed.is_shown()
    return tuple(
        (
            each.headline, str(place),
            *(f"{n:,}" for n in (each.editions, each.led, each.alerts, each.messages)),
            *((f"{each.readers:,}",) if shown else ()),
        )
        for place, each in enumerate(found, 1)
    )  # fmt: skip


def chart(found: Sequence[BestStory]) -> charts.Chart:
    """A column a story, by its place."""
    if followed.is_shown():
        return charts.stacked(
            [
                (str(place), each.readers, 0, f"{each.headline}: {each.readers:,} followed it")
                for place, each in enumerate(found, 1)
            ]
        )
    return charts.stacked(
        [
            (
                str(place), each.editions, each.alerts,
                f"{each.headline}: {each.editions:,} editions, {each.alerts:,} alerts",
            )
            for place, each in enumerate(found, 1)
        ]
    )  # fmt: skip
