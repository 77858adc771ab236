"""Queries: which stories an edition's readers have had before, and when they last had them.

What reached them counts for a month: editions of the same newsletter for a newsletter; for a
personal digest also its readers' newsletters, alerts, and the digests they had before.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import connection

from digest.newsdesk.editions.core.rank import StoryCandidate
from digest.newsdesk.editions.models import Edition
from digest.newsdesk.stories.coverage import standing
from digest.newsdesk.stories.moved import moved

_LOOKED_BACK = timedelta(days=30)
_ABOUT_TO_GO = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class ReaderHistory:
    """What reaches the readers of an edition: personal digests by signature, newsletters by id.

    ``alerted``: stories that alerts told them of, and when. ``muted``: those they want no more of.
    """

    signature_keys: Sequence[str] = ()
    newsletter_ids: Sequence[int] = ()
    alerted: Sequence[tuple[int, datetime]] = ()
    muted: Sequence[int] = ()


NOTHING = ReaderHistory()


def worth_telling(
    offered: Sequence[StoryCandidate],
    reached: ReaderHistory,
    *,
    before: datetime,
    languages: Sequence[str] = (),
) -> list[StoryCandidate]:
    """``offered`` without what is muted, and without what readers had and has not moved since.

    Those that did move say when readers last had them. ``languages``: only reports in these count
    as news.
    """
    muted = set(standing(reached.muted).values()) if reached.muted else set()
    had = last_had(reached, before=before)
    again = {each.story_id: had[each.story_id] for each in offered if each.story_id in had}
    news = moved(again, until=before, languages=languages)
    return [
        replace(each, in_earlier=each.story_id in had, had_at=had.get(each.story_id))
        for each in offered
        if each.story_id not in muted and (each.story_id not in had or news.get(each.story_id))
    ]


def last_had(reached: ReaderHistory, *, before: datetime) -> dict[int, datetime]:
    """When readers last had each story, by the story that stands for it today."""
    return Had.of([("", reached, before)]).by("")


@dataclass(frozen=True, slots=True)
class Had:
    """What the readers of several editions had before each, read at once."""

    _by: dict[str, dict[int, datetime]]
    _standing: dict[int, int]

    @classmethod
    def of(cls, asked: Sequence[tuple[str, ReaderHistory, datetime]]) -> "Had":
        """For each (name, what reached its readers, before when)."""
        told = {story for _, reached, _ in asked for story, _ in reached.alerted}
        told |= {story for _, reached, _ in asked for story in reached.muted}
        today = standing(told) if told else {}
        rows = _carried([(reached, before) for _, reached, before in asked])
        found: dict[str, dict[int, datetime]] = {}
        for name, reached, before in asked:
            had: dict[int, datetime] = {}
            alerted = ((today.get(story, story), at) for story, at in reached.alerted)
            for story, at in [
                *(pair for pair in alerted if pair[1] <= before),
                *_of(reached, before, rows),
            ]:
                had[story] = max(had.get(story, at), at)
            found[name] = had
        return cls(found, today)

    def by(self, name: str) -> dict[int, datetime]:
        """When the readers of that edition last had each story that they had."""
        return self._by[name]

    def muted(self, reached: ReaderHistory) -> set[int]:
        """What they muted, by the stories that stand for it today."""
        return {self._standing.get(story, story) for story in reached.muted}


_Carried = tuple[int, datetime, bool]

# An edition that tells what another tells has that one's items.
_CARRIED = """
SELECT e.signature_key, e.newsletter_id, e.slot_at, e.state,
       coalesce(story.merged_into_id, item.story_id)
FROM digest_edition e
JOIN digest_item item ON item.edition_id = coalesce(e.same_as_id, e.id) AND NOT item.killed
JOIN digest_story story ON story.id = item.story_id
WHERE (e.signature_key = ANY(%s) AND e.state = %s
       OR e.newsletter_id = ANY(%s) AND e.state = ANY(%s))
      AND e.slot_at BETWEEN %s AND %s
"""


def _of(
    reached: ReaderHistory, before: datetime, rows: dict[str | int, list[_Carried]]
) -> Iterable[tuple[int, datetime]]:
    """What editions carried before that one.

    A newsletter's edition that is due at this very hour, and goes out unless somebody holds it,
    counts too: its readers shall not get it all twice at seven.
    """
    places: list[str | int] = [*reached.signature_keys, *reached.newsletter_ids]
    for key in places:
        for story, at, gone in rows.get(key, ()):
            other = isinstance(key, int) and bool(reached.signature_keys)
            is_before = at < before or (other and at == before)
            if is_before and at >= before - _LOOKED_BACK and (gone or at >= before - _ABOUT_TO_GO):
                yield story, at


def _carried(asked: Sequence[tuple[ReaderHistory, datetime]]) -> dict[str | int, list[_Carried]]:
    """By signature or newsletter: the stories carried, when, and whether that has gone out."""
    keys = {key for reached, _ in asked for key in reached.signature_keys}
    newsletters = {pk for reached, _ in asked for pk in reached.newsletter_ids}
    if not (keys or newsletters):
        return {}
    moments = [before for _, before in asked]
    with connection.cursor() as cursor:
        cursor.execute(
            _CARRIED,
            [
                sorted(keys), Edition.State.PUBLISHED, sorted(newsletters),
                [Edition.State.PUBLISHED, Edition.State.DRAFT, Edition.State.APPROVED],
                min(moments) - _LOOKED_BACK, max(moments),
            ],
        )  # fmt: skip
        rows = cursor.fetchall()
    found: dict[str | int, list[_Carried]] = defaultdict(list)
    for key, newsletter, at, its_state, story in rows:
        place = key if newsletter is None else newsletter
        found[place].append((story, at, its_state == Edition.State.PUBLISHED))
    return found
