"""Step: personal digests, made many at a time, since readers of a zone are all due at one hour.

What a window offers, what its readers had before and what stories say in a language is read once
for all of them; each edition is then chosen and worded in memory, and all are written together.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import IntegrityError, transaction

from digest.kit.text import cut, one_line
from digest.newsdesk.editions.candidates import offered_to_all
from digest.newsdesk.editions.core.content import EditionContent, document
from digest.newsdesk.editions.core.rank import EditionWindow, Pick, in_sections, pick
from digest.newsdesk.editions.history import NOTHING, Had, ReaderHistory
from digest.newsdesk.editions.together.choice import TopicOffer, WindowOffer
from digest.newsdesk.editions.together.rows import Draft, Place, there, write
from digest.newsdesk.editions.together.told import Telling, Told
from digest.newsdesk.topics.models import Topic

PERSONAL_SIZE = 12
TITLE_LIMIT = 200
# What a run may remember, of about a kilobyte each.
MOST_HELD = 50_000
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

    @property
    def place(self) -> Place:
        """By which the edition is known: one per signature and window."""
        return self.signature_key, self.window.start, self.window.end

    @property
    def telling(self) -> Telling:
        """In which languages news is told, and until when."""
        return self.reads, self.window.end


@dataclass(frozen=True, slots=True)
class ComposedDigest:
    """The edition, or None and the ``reason`` why nothing goes."""

    edition_id: int | None
    reason: str = ""


class DigestRun:
    """What the editions of the same hours share, read once: keep it for seconds, not for minutes.

    ``topic_ids``: those that any of them may be on; all topics without.
    """

    def __init__(self, topic_ids: Iterable[int] | None = None) -> None:
        rows = Topic.objects.all()
        if topic_ids is not None:
            rows = rows.filter(pk__in=set(topic_ids))
        self.topics = {each.pk: each for each in rows}
        self.told = Told()
        self._offers: dict[tuple[datetime, datetime], WindowOffer] = {}
        self._choices: dict[tuple[WindowOffer, tuple[int, ...], tuple[str, ...]], TopicOffer] = {}

    @property
    def is_full(self) -> bool:
        """Whether it holds so much that another should begin."""
        return self.told.size + len(self._choices) > MOST_HELD

    def offer(self, window: EditionWindow) -> WindowOffer:
        """What a window offers."""
        place = window.start, window.end
        if place not in self._offers:
            offered = offered_to_all(window, topic_ids=list(self.topics))
            self._offers[place] = WindowOffer(window, offered)
        return self._offers[place]

    def choice(self, wanted: PersonalEdition) -> TopicOffer:
        """What its topics and languages offer, whatever its readers had before."""
        place = self.offer(wanted.window), tuple(wanted.topic_ids), wanted.reads
        if place not in self._choices:
            offer, topics, languages = place
            self._choices[place] = offer.choice(topics, languages)
        return self._choices[place]


def compose_personal(wanted: PersonalEdition, *, now: datetime) -> ComposedDigest:
    """As :func:`compose_many`, for one."""
    return compose_many([wanted], now=now)[0]


def compose_many(
    wanted: Sequence[PersonalEdition], *, now: datetime, run: DigestRun | None = None
) -> list[ComposedDigest]:
    """The edition of each signature's window, published at once; none when it has nothing to tell.

    Only what is told in a language its readers read is in it, and of what they had before only
    what moved on. One per signature and window: a second call, or two at once, give the same
    editions. Signatures whose readers are told the same share the first one's.
    """
    found = there(each.place for each in wanted)
    missing = [each for each in wanted if each.place not in found]
    if run is None or not run.topics.keys() >= {t for each in missing for t in each.topic_ids}:
        run = DigestRun({t for each in missing for t in each.topic_ids})
    composed, reasons = _drafts(missing, run) if missing else ([], {})
    try:
        with transaction.atomic():
            found |= _written(composed, now)
    except IntegrityError:
        # Somebody composes the same ones: theirs stand, and what they have not made is made alone.
        found |= there(each.place for each in wanted)
        for place, draft in composed:
            if place not in found:
                found |= _alone(place, draft, now)
    return [ComposedDigest(found.get(each.place), reasons.get(each.place, "")) for each in wanted]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A story on the topics that is not told, and the sentence why."""

    story_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class ForeseenDigest:
    """What would be told now: its content, or None and the ``reason``; and what is left out."""

    content: EditionContent | None
    reason: str
    left_out: tuple[LeftOut, ...]


def foresee(wanted: PersonalEdition, *, most: int = 40) -> ForeseenDigest:
    """The edition that :func:`compose_many` would make now. Writes nothing.

    Of what is left out the ``most`` strongest, each with its reason.
    """
    run = DigestRun(wanted.topic_ids)
    made, reasons = _drafts([wanted], run)
    (asked,) = _asked([wanted], run)
    draft = made[0][1] if made else None
    told = {each.story_id for each in draft.picks} if draft else set()
    rest = [
        story for story in run.offer(wanted.window).on_topics(wanted.topic_ids) if story not in told
    ]
    left = tuple(LeftOut(story, _left_because(story, asked, run)) for story in rest[:most])
    content = None
    if draft is not None:
        content = EditionContent.from_document(json.loads(document(draft.content, draft.items)))
    return ForeseenDigest(content, reasons.get(wanted.place, ""), left)


def _left_because(story: int, asked: "_Asked", run: DigestRun) -> str:
    """Why a story on the reader's topics is not told to them."""
    telling = asked.wanted.telling
    if story not in asked.choice:
        return f"No report of this window is in a language they read ({', '.join(telling[0])})."
    if story in asked.muted:
        return "They want no more of this story."
    had = asked.had.get(story)
    if had is not None and not run.told.has_moved(story, had, telling):
        return f"They had it on {had:%d %B at %H:%M} UTC, and nothing has moved since."
    return f"{PERSONAL_SIZE} others are stronger, or its topic has its share."


@dataclass(frozen=True, slots=True)
class _Asked:
    """A digest that is wanted, what its topics offer, and what of that its readers know already."""

    wanted: PersonalEdition
    choice: TopicOffer
    had: dict[int, datetime]
    muted: frozenset[int]

    @property
    def alike(self) -> tuple[object, ...]:
        """What makes its content: equal ones get one edition."""
        wanted = self.wanted
        return (
            wanted.window, tuple(wanted.topic_ids), wanted.reads, wanted.language, wanted.slot_at,
            wanted.local_date, wanted.title, frozenset(self.had.items()), self.muted,
        )  # fmt: skip


def _drafts(
    wanted: Sequence[PersonalEdition], run: DigestRun
) -> tuple[list[tuple[Place, Draft]], dict[Place, str]]:
    """What can be published, equal ones as one draft; and why the others cannot."""
    asked = _asked(wanted, run)
    alike: dict[tuple[object, ...], list[_Asked]] = {}
    for each in asked:
        alike.setdefault(each.alike, []).append(each)
    firsts = [same[0] for same in alike.values()]
    run.told.learn_news(
        (story, at, each.wanted.telling) for each in firsts for story, at in each.had.items()
    )
    picked = [_picks(each, run) for each in firsts]
    run.told.learn_words(
        (each.wanted.reads, [pick.story_id for pick in picks])
        for each, picks in zip(firsts, picked, strict=True)
        if not isinstance(picks, str)
    )
    made: list[tuple[Place, Draft]] = []
    reasons: dict[Place, str] = {}
    for same, picks in zip(alike.values(), picked, strict=True):
        draft = picks if isinstance(picks, str) else _draft(same[0].wanted, picks, run)
        places = [each.wanted.place for each in same]
        if isinstance(draft, str):
            reasons |= dict.fromkeys(places, draft)
        else:
            made += [(place, draft) for place in places]
    return made, reasons


def _asked(wanted: Sequence[PersonalEdition], run: DigestRun) -> list[_Asked]:
    known = Had.of([(each.signature_key, each.had, each.slot_at) for each in wanted])
    found = []
    for each in wanted:
        choice = run.choice(each)
        had = {s: at for s, at in known.by(each.signature_key).items() if s in choice}
        muted = frozenset(s for s in known.muted(each.reached) if s in choice)
        found.append(_Asked(each, choice, had, muted))
    return found


def _picks(asked: _Asked, run: DigestRun) -> Sequence[Pick] | str:
    """The stories worth telling, or why there are none."""
    wanted, choice = asked.wanted, asked.choice
    if not choice.on_topics:
        return NOTHING_NEW
    if not choice:
        return f"Nothing new in {', '.join(wanted.reads)}."
    names = {pk: run.topics[pk].name for pk in wanted.topic_ids if pk in run.topics}
    known = {
        story
        for story, at in asked.had.items()
        if not run.told.has_moved(story, at, wanted.telling)
    }
    told = run.offer(wanted.window).told(choice, names, asked.had, asked.muted | known)
    return in_sections(pick(told, wanted.window, PERSONAL_SIZE)) or NOTHING_MOVED


def _draft(wanted: PersonalEdition, picks: Sequence[Pick], run: DigestRun) -> Draft | str:
    followed = [run.topics[pk] for pk in wanted.topic_ids if pk in run.topics]
    followed.sort(key=lambda each: (each.position, each.name))
    sections = {each.name: each.name_in(wanted.language) for each in followed}
    items = run.told.documents(picks, wanted.telling, sections)
    if not items:
        return WITHDRAWN
    content = EditionContent(
        public_id="",
        kind="personal",
        title=cut(one_line(wanted.title), TITLE_LIMIT),
        language=wanted.language,
        local_date=wanted.local_date,
        slot_at=wanted.slot_at,
        time_zone=wanted.window.time_zone,
        items=(),
        topics=tuple(sections.values()),
    )
    return Draft(wanted.reads, picks, content, items)


def _written(composed: Sequence[tuple[Place, Draft]], now: datetime) -> dict[Place, int]:
    if not composed:
        return {}
    drafts = list({id(draft): draft for _, draft in composed}.values())
    return write(drafts, composed, now=now)


def _alone(place: Place, draft: Draft, now: datetime) -> dict[Place, int]:
    try:
        with transaction.atomic():
            return write([draft], [(place, draft)], now=now)
    except IntegrityError:
        return there([place])
