"""What stories say in the readers' languages, read and worded once for all who are told."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from json import dumps

from digest.newsdesk.editions.assemble import content_item
from digest.newsdesk.editions.core.rank import Pick
from digest.newsdesk.editions.models import Item
from digest.newsdesk.stories.coverage import Coverage, coverage, is_web
from digest.newsdesk.stories.moved import moved
from digest.newsdesk.stories.shown.news import NewsSince

# In which languages news is told, and until when.
Telling = tuple[tuple[str, ...], datetime]


class Told:
    """The words of stories and what moved in them, each asked of the database once."""

    def __init__(self) -> None:
        self._news: dict[tuple[int, datetime, Telling], NewsSince] = {}
        self._covered: dict[tuple[str, ...], dict[int, Coverage | None]] = defaultdict(dict)
        self._asked: dict[tuple[str, ...], set[int]] = defaultdict(set)
        self._documents: dict[tuple[int, datetime | None, bool, Telling, str], str] = {}

    @property
    def size(self) -> int:
        """How many things it holds, of about a kilobyte each."""
        known = sum(map(len, self._covered.values()))
        return known + len(self._news) + len(self._documents)

    def learn_news(self, asked: Iterable[tuple[int, datetime, Telling]]) -> None:
        """Read what each story has since a moment, as it is told in some languages."""
        together: dict[tuple[Telling, datetime], set[int]] = defaultdict(set)
        for story, since, telling in asked:
            if (story, since, telling) not in self._news:
                together[telling, since].add(story)
        for (telling, since), stories in together.items():
            reads, until = telling
            found = moved(dict.fromkeys(stories, since), until=until, languages=reads)
            for story, news in found.items():
                self._news[story, since, telling] = news

    def has_moved(self, story: int, since: datetime, telling: Telling) -> bool:
        """Whether there is news in it; :meth:`learn_news` was asked before."""
        return bool(self._news.get((story, since, telling)))

    def learn_words(self, asked: Iterable[tuple[tuple[str, ...], Iterable[int]]]) -> None:
        """Read what stories say in the languages that are read."""
        for reads, stories in asked:
            self._asked[reads].update(stories)
        for reads, wanted in self._asked.items():
            if missing := wanted - self._covered[reads].keys():
                found = coverage(missing, languages=reads)
                # Of one that is gone it is known that there is nothing to say.
                self._covered[reads] |= {story: found.get(story) for story in missing}

    def documents(
        self, picks: Sequence[Pick], telling: Telling, sections: dict[str, str]
    ) -> list[str]:
        """The picks' items as JSON; without those that no reader can be sent to."""
        found = (
            self._document(pick, telling, sections.get(pick.section, ""))
            for pick in picks
        )  # fmt: skip
        return [each for each in found if each]

    def _document(self, pick: Pick, telling: Telling, section: str) -> str:
        place = pick.story_id, pick.had_at, pick.is_update, telling, section
        if place not in self._documents:
            self._documents[place] = self._worded(pick, telling, section)
        return self._documents[place]

    def _worded(self, pick: Pick, telling: Telling, section: str) -> str:
        story = self._covered[telling[0]].get(pick.story_id)
        if story is None or story.lead is None or not is_web(story.lead.url):
            return ""
        news = self._news.get((pick.story_id, pick.had_at, telling)) if pick.had_at else None
        item = Item(story_id=pick.story_id, is_update=pick.is_update)
        return dumps(asdict(content_item(item, story, story.lead, {}, section=section, news=news)))
