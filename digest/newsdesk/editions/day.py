"""The stories of the last day in their order, and the words to find them by, kept in the process.

Thirty editors look at the same wire: its order is made once for all of them, and anew when
something has come in. What a story says is read when it is shown (``wire.lines``), so what is kept
here may be some seconds old without anybody reading old words.
"""

import threading
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.newsdesk.editions.wire import DAY, rows

KEPT_ORDERS = 64
KEPT_FOR = timedelta(seconds=60)
Q_LIMIT = 200
_AT_ONCE = 5_000

# In float8: extract() gives numeric, in which the same order takes eight times as long.
# Breadth first, fading by half in fourteen hours: thirty outlets of last night stand above one now.
_ORDER = """
SELECT array_agg(story.id ORDER BY ln(1 + story.source_count::float8)
    * power(0.5::float8, extract(epoch FROM %(now)s - story.last_at)::float8 / 50400) DESC,
    story.id)
FROM digest_story story
WHERE story.merged_into_id IS NULL AND story.article_count > 0
  AND story.last_at > %(since)s AND story.last_at <= %(now)s {on_topic}
"""
_ON_TOPIC = """AND EXISTS (SELECT FROM digest_story_topic filed WHERE filed.story_id = story.id
               AND filed.topic_id = %(topic)s AND filed.by <> 'barred')"""
# An article that came or went, or another headline, changes a story's mark.
_MARKS = """
SELECT id, concat(article_count, ' ', hashtext(concat(headline, names::text))) FROM digest_story
WHERE merged_into_id IS NULL AND article_count > 0 AND last_at > %(since)s AND last_at <= %(now)s
"""
_WORDS = """
SELECT story.id, concat_ws(E'\\n', story.headline, story.reported,
           (SELECT string_agg(named.value, E'\\n') FROM jsonb_each_text(story.names) named)),
       string_agg(DISTINCT concat(article.title, E'\\n', article.source), E'\\n')
FROM digest_story story JOIN digest_story_article member ON member.story_id = story.id
JOIN digest_article article ON article.id = member.article_id
WHERE story.id = ANY(%(stories)s) GROUP BY story.id
"""


@dataclass(frozen=True, slots=True)
class _Order:
    at: datetime
    stamp: str
    ids: tuple[int, ...]

    def holds(self, now: datetime, stamp: str) -> bool:
        """Whether it is the order at ``now``, as long as nothing but ``stamp`` has come in."""
        return self.stamp == stamp and timedelta(0) <= now - self.at < KEPT_FOR


class Day:
    """What a process knows of the day's stories. ``stamp`` says what has come in: see stamps."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: dict[int | None, _Order] = {}
        self._words_lock = threading.Lock()
        self._words_at = ""
        self._words: dict[int, tuple[str, str]] = {}

    def order(self, *, now: datetime, stamp: str, topic_id: int | None = None) -> tuple[int, ...]:
        """The ids of the stories with a report in the last 24 hours, the strongest first.

        ``topic_id`` keeps those under a topic.
        """
        kept = self._orders.get(topic_id)
        if kept and kept.holds(now, stamp):
            return kept.ids
        # While one asks for the new order, the others go on with that of some seconds ago.
        patient = kept is None or not kept.holds(now, kept.stamp)
        if not self._lock.acquire(blocking=patient):
            return kept.ids if kept else ()
        try:
            kept = self._orders.get(topic_id)
            if kept is None or not kept.holds(now, stamp):
                kept = _Order(now, stamp, order(now=now, topic_id=topic_id))
                if len(self._orders) >= KEPT_ORDERS:
                    self._orders.clear()
                self._orders[topic_id] = kept
        finally:
            self._lock.release()
        return kept.ids

    def matching(
        self, q: str, *, now: datetime, stamp: str, topic_id: int | None = None
    ) -> tuple[int, ...]:
        """Those of :meth:`order` with every word of ``q``, as part of a word too, in any case.

        They stand in the headline, be it the newsroom's own in any language, an article's title or
        a source's name. What stands in double quotes is looked for as it stands.
        """
        wanted = _terms(q)
        words = self._read(now, stamp)
        nothing = ("", "")
        return tuple(
            story
            for story in self.order(now=now, stamp=stamp, topic_id=topic_id)
            if all(term in words.get(story, nothing)[1] for term in wanted)
        )

    def forget(self) -> None:
        """Read everything anew when next asked: an editor has changed a story or its topics."""
        with self._lock:
            self._orders.clear()
        with self._words_lock:
            self._words_at = ""

    def _read(self, now: datetime, stamp: str) -> dict[int, tuple[str, str]]:
        """Mark and words of each story; of those alone that changed anything is read."""
        with self._words_lock:
            if self._words_at == stamp != "":
                return self._words
            marks = dict(rows(_MARKS, {"now": now, "since": now - DAY}))
            known = self._words
            kept = {story: known[story] for story in marks if story in known}
            changed = [story for story, mark in marks.items() if kept.get(story, ("",))[0] != mark]
            for story, told in _told(changed):
                kept[story] = (marks[story], told)
            self._words, self._words_at = kept, stamp
            return kept


day = Day()
"""The day of this process."""
forget = day.forget


def order(*, now: datetime, topic_id: int | None = None) -> tuple[int, ...]:
    """The order itself, made now."""
    sql = _ORDER.format(on_topic="" if topic_id is None else _ON_TOPIC)
    (found,) = rows(sql, {"now": now, "since": now - DAY, "topic": topic_id})
    return tuple(found[0] or ())


def _told(stories: Sequence[int]) -> Iterator[tuple[int, str]]:
    for first in range(0, len(stories), _AT_ONCE):
        some = list(stories[first : first + _AT_ONCE])
        for story, headline, told in rows(_WORDS, {"stories": some}):
            yield story, _folded(f"{headline}\n{told}")


def _terms(q: str) -> Iterable[str]:
    pieces = _folded(q)[:Q_LIMIT].split('"')
    quoted = [" ".join(piece.split()) for piece in pieces[1::2]]
    return [*filter(None, quoted), *(word for piece in pieces[::2] for word in piece.split())]


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
