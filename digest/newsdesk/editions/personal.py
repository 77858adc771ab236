"""Step: personal digests, made many at a time, since readers of a zone are all due at one hour.

What a window offers, what its readers had before and what stories say in a language is read once
for all of them; each edition is then chosen and worded in memory, and all are written together.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import IntegrityError, transaction

from digest.kit.text import cut, one_line
from digest.newsdesk.editions.assemble import content_item
from digest.newsdesk.editions.candidates import OfferedStory, offered_to_all
from digest.newsdesk.editions.core.content import ContentItem, EditionContent
from digest.newsdesk.editions.core.rank import (
    EditionWindow,
    Pick,
    StoryCandidate,
    in_sections,
    rank,
)
from digest.newsdesk.editions.history import NOTHING, Had, ReaderHistory
from digest.newsdesk.editions.models import Edition, EditionRevision, Item
from digest.newsdesk.stories.coverage import Coverage, coverage, is_web
from digest.newsdesk.stories.moved import moved
from digest.newsdesk.stories.shown.news import NewsSince
from digest.newsdesk.topics.models import Topic

PERSONAL_SIZE = 12
TITLE_LIMIT = 200
RULE = "by rule"
# Why a reader's slot sends nothing.
NOTHING_NEW = "Nothing new on its topics."
NOTHING_MOVED = "Nothing that its reader had not had before."
WITHDRAWN = "What was new was withdrawn by its outlets."


@dataclass(frozen=True, slots=True)
class PersonalEdition:
    """What the readers of one signature are due: which topics and language, over which window.

    ``slot_at`` and ``local_date`` are those of its slots; ``title`` is cut to what a subject holds.
    ``language`` is that of our own words, ``languages`` those its readers read, the best first;
    ``reached`` what they had before.
    """

    signature_key: str
    topic_ids: Sequence[int]
    language: str
    window: EditionWindow
    slot_at: datetime
    local_date: date
    title: str
    languages: Sequence[str] = ()
    reached: ReaderHistory = NOTHING

    @property
    def reads(self) -> tuple[str, ...]:
        """The languages its readers read; never none."""
        return tuple(self.languages) or (self.language,)

    @property
    def had(self) -> ReaderHistory:
        """What reached its readers, the digests of its own signature among it."""
        keys = {self.signature_key, *self.reached.signature_keys}
        return replace(self.reached, signature_keys=sorted(keys))


@dataclass(frozen=True, slots=True)
class ComposedDigest:
    """The edition, or None and the ``reason`` why nothing goes."""

    edition_id: int | None
    reason: str = ""


def compose_personal(wanted: PersonalEdition, *, now: datetime) -> ComposedDigest:
    """As :func:`compose_many`, for one."""
    return compose_many([wanted], now=now)[0]


def compose_many(wanted: Sequence[PersonalEdition], *, now: datetime) -> list[ComposedDigest]:
    """The edition of each signature's window, published at once; none when it has nothing to tell.

    Only what is told in a language its readers read is in it, and of what they had before only
    what moved on. One per signature and window: a second call, or two at once, give the same
    editions.
    """
    there = _there(wanted)
    missing = [each for each in wanted if _place(each) not in there]
    drafted, reasons = _Composer(missing).drafts() if missing else ([], {})
    try:
        with transaction.atomic():
            there |= _publish(drafted, now)
    except IntegrityError:
        # Somebody composes the same ones: theirs stand, and what they have not made is made alone.
        there |= _there(wanted)
        for draft in drafted:
            if _place(draft.wanted) not in there:
                there |= _alone(draft, now)
    return [
        ComposedDigest(there.get(_place(each)), reasons.get(_place(each), "")) for each in wanted
    ]


_Place = tuple[str, datetime, datetime]
# In which languages news is told, and until when.
_Telling = tuple[tuple[str, ...], datetime]


def _place(wanted: PersonalEdition) -> _Place:
    return wanted.signature_key, wanted.window.start, wanted.window.end


def _telling(wanted: PersonalEdition) -> _Telling:
    return wanted.reads, wanted.window.end


def _there(wanted: Sequence[PersonalEdition]) -> dict[_Place, int]:
    """The editions that exist, by signature and window."""
    rows = Edition.objects.filter(signature_key__in={each.signature_key for each in wanted})
    rows = rows.filter(window_end__in={each.window.end for each in wanted})
    found = rows.values_list("signature_key", "window_start", "window_end", "pk")
    return {(key or "", start, end): pk for key, start, end, pk in found}


@dataclass(frozen=True, slots=True)
class _Draft:
    wanted: PersonalEdition
    edition: Edition
    items: list[Item]
    content: EditionContent


class _Composer:
    """Everything that editions of the same hours share, read once."""

    def __init__(self, wanted: Sequence[PersonalEdition]) -> None:
        self._wanted = wanted
        self._topics = {
            each.pk: each
            for each in Topic.objects.filter(pk__in={t for w in wanted for t in w.topic_ids})
        }
        self._had = Had.of([(w.signature_key, w.had, w.slot_at) for w in wanted])
        self._offered: dict[tuple[datetime, datetime], dict[int, list[OfferedStory]]] = {}
        self._news: dict[tuple[int, datetime, _Telling], NewsSince] = {}

    def drafts(self) -> tuple[list[_Draft], dict[_Place, str]]:
        """What can be published, and why the others cannot."""
        picked: list[tuple[PersonalEdition, Sequence[Pick]]] = []
        reasons: dict[_Place, str] = {}
        for wanted, offered in self._told():
            if isinstance(offered, str):
                reasons[_place(wanted)] = offered
            else:
                picked.append((wanted, in_sections(rank(offered, wanted.window, PERSONAL_SIZE))))
        drafted = self._worded(picked)
        for each in [each for each in drafted if not each.content.items]:
            reasons[_place(each.wanted)] = WITHDRAWN
        return [each for each in drafted if each.content.items], reasons

    def _told(self) -> Iterable[tuple[PersonalEdition, list[StoryCandidate] | str]]:
        """For each the stories worth telling, or why there are none."""
        fitting = {id(each): self._fitting(each) for each in self._wanted}
        self._learn_news(fitting)
        for wanted in self._wanted:
            found = fitting[id(wanted)]
            if isinstance(found, str):
                yield wanted, found
                continue
            told = [
                each
                for each in found
                if each.had_at is None or self._news[each.story_id, each.had_at, _telling(wanted)]
            ]
            yield wanted, told or NOTHING_MOVED

    def _fitting(self, wanted: PersonalEdition) -> list[StoryCandidate] | str:
        """On its topics, new in a language that is read, not muted; with when it was had last."""
        names = {pk: self._topics[pk].name for pk in wanted.topic_ids if pk in self._topics}
        by_topic = self._window(wanted.window)
        on_topics = [
            (each, tuple(names[pk] for pk in each.topics if pk in names))
            for each in {e.candidate.story_id: e for t in names for e in by_topic[t]}.values()
        ]
        if not on_topics:
            return NOTHING_NEW
        spoken = {each.partition("-")[0].lower() for each in wanted.reads}
        readable = [pair for pair in on_topics if spoken & pair[0].new_in]
        if not readable:
            return f"Nothing new in {', '.join(wanted.reads)}."
        had, muted = self._had.by(wanted.signature_key), self._had.muted(wanted.reached)
        found = [
            replace(
                each.candidate,
                topics=topics,
                in_earlier=each.candidate.story_id in had,
                had_at=had.get(each.candidate.story_id),
            )
            for each, topics in readable
            if each.candidate.story_id not in muted
        ]
        return found or NOTHING_MOVED

    def _window(self, window: EditionWindow) -> dict[int, list[OfferedStory]]:
        """What a window offers, by topic."""
        place = window.start, window.end
        if place not in self._offered:
            by_topic = self._offered[place] = defaultdict(list)
            for each in offered_to_all(window, topic_ids=list(self._topics)):
                for topic in each.topics:
                    by_topic[topic].append(each)
        return self._offered[place]

    def _learn_news(self, fitting: dict[int, list[StoryCandidate] | str]) -> None:
        """What each story that somebody had before has since then, in their languages."""
        asked: dict[_Telling, dict[datetime, set[int]]] = defaultdict(lambda: defaultdict(set))
        for wanted in self._wanted:
            found = fitting[id(wanted)]
            for each in [] if isinstance(found, str) else found:
                if each.had_at is not None:
                    asked[_telling(wanted)][each.had_at].add(each.story_id)
        for telling, moments in asked.items():
            reads, until = telling
            for moment, stories in moments.items():
                since = dict.fromkeys(stories, moment)
                for story, news in moved(since, until=until, languages=reads).items():
                    self._news[story, moment, telling] = news

    def _worded(self, picked: Sequence[tuple[PersonalEdition, Sequence[Pick]]]) -> list[_Draft]:
        asked: dict[tuple[str, ...], set[int]] = defaultdict(set)
        for wanted, picks in picked:
            asked[wanted.reads].update(pick.story_id for pick in picks)
        covered = {reads: coverage(stories, languages=reads) for reads, stories in asked.items()}
        return [self._draft(wanted, picks, covered[wanted.reads]) for wanted, picks in picked]

    def _draft(
        self, wanted: PersonalEdition, picks: Sequence[Pick], covered: dict[int, Coverage]
    ) -> _Draft:
        edition = _edition(wanted)
        items = [
            Item(
                edition=edition, story_id=pick.story_id, position=position, score=pick.score,
                reason=pick.reason, section=pick.section[:120], is_update=pick.is_update,
                had_at=pick.had_at,
            )
            for position, pick in enumerate(picks, 1)
        ]  # fmt: skip
        followed = [self._topics[pk] for pk in wanted.topic_ids if pk in self._topics]
        followed.sort(key=lambda each: (each.position, each.name))
        sections = {each.name: each.name_in(wanted.language) for each in followed}
        content = EditionContent(
            public_id=str(edition.public_id),
            kind="personal",
            title=edition.title,
            language=edition.language,
            local_date=edition.local_date,
            slot_at=edition.slot_at,
            time_zone=edition.time_zone,
            items=tuple(self._contents(items, covered, _telling(wanted), sections)),
            topics=tuple(sections.values()),
        )
        return _Draft(wanted, edition, items, content)

    def _contents(
        self,
        items: Sequence[Item],
        covered: dict[int, Coverage],
        telling: _Telling,
        sections: dict[str, str],
    ) -> Iterable[ContentItem]:
        for item in items:
            story = covered.get(item.story_id)
            if story is None or story.lead is None or not is_web(story.lead.url):
                continue
            news = self._news.get((item.story_id, item.had_at, telling)) if item.had_at else None
            section = sections.get(item.section, "")
            yield content_item(item, story, story.lead, {}, section=section, news=news)


def _edition(wanted: PersonalEdition) -> Edition:
    return Edition(
        signature_key=wanted.signature_key,
        language=wanted.language,
        languages=list(wanted.reads),
        local_date=wanted.local_date,
        time_zone=wanted.window.time_zone,
        slot_at=wanted.slot_at,
        window_start=wanted.window.start,
        window_end=wanted.window.end,
        title=cut(one_line(wanted.title), TITLE_LIMIT),
    )


def _publish(drafts: Sequence[_Draft], now: datetime) -> dict[_Place, int]:
    """Write them as published; an edition that exists already is an ``IntegrityError``."""
    for draft in drafts:
        draft.edition.state = Edition.State.PUBLISHED
        draft.edition.published_at = now
        draft.edition.lock_version = 1
    Edition.objects.bulk_create([draft.edition for draft in drafts])
    Item.objects.bulk_create([item for draft in drafts for item in draft.items])
    EditionRevision.objects.bulk_create(
        EditionRevision(
            edition=draft.edition,
            revision=1,
            content=draft.content.to_document(),
            published_at=now,
            published_by=RULE,
        )
        for draft in drafts
    )
    return {_place(draft.wanted): draft.edition.pk for draft in drafts}


def _alone(draft: _Draft, now: datetime) -> dict[_Place, int]:
    draft.edition.pk = None
    for item in draft.items:
        item.pk = None
    try:
        with transaction.atomic():
            return _publish([draft], now)
    except IntegrityError:
        return _there([draft.wanted])
