"""Who reported a story, and the article that stands for it: what editions and alerts are made of.

Only live articles count (not withdrawn by their outlet), those of muted feeds only where there is
no other, and merged stories are followed to the one that took them in.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

from digest.newsdesk.stories.languages.scripts import script_of, wanted_script
from digest.newsdesk.stories.models import Story, StoryArticle
from digest.newsdesk.stories.moved import members
from digest.newsdesk.stories.shown.lead import Face, StoryMember, face
from digest.newsdesk.stories.shown.outlets import distinct
from digest.newsdesk.stories.shown.own_words import name_in

_FIELDS = (
    "story_id", "article_id", "article__title", "article__summary", "article__url",
    "article__source", "article__agency", "article__language", "article__image_url",
    "article__image_alt", "article__image_credit", "article__published_at",
)  # fmt: skip
_MERGES_FOLLOWED = 20


class HasPicture(Protocol):
    """A report, as far as its picture goes."""

    @property
    def image_url(self) -> str:
        """Where it is; empty without one."""

    @property
    def image_credit(self) -> str:
        """Whose it is, where the report says so."""


_Report = TypeVar("_Report", bound=HasPicture)


@dataclass(frozen=True, slots=True)
class StoryReport:
    """One live article on a story, as far as readers meet it."""

    article_id: int
    title: str
    summary: str
    url: str
    source: str
    agency: str
    language: str
    published_at: datetime
    image_url: str = ""
    image_alt: str = ""
    image_credit: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """A story with its reports; ``sources`` in order of their first report.

    ``lead`` is None when every article was withdrawn. ``headline`` and ``summary`` are the
    story's, or what its reports in another language say where that was asked for; the newsroom's
    own headline in the language goes before that of the reports.
    ``pictured`` is the lead when it has a picture, otherwise the first report whose picture carries
    a credit.
    """

    story_id: int
    public_id: str
    headline: str
    summary: str
    language: str
    first_at: datetime
    last_at: datetime
    sources: tuple[str, ...]
    reports: int
    lead: StoryReport | None
    pictured: StoryReport | None = None


def coverage(
    story_ids: Iterable[int], *, language: str = "", languages: Sequence[str] = ()
) -> dict[int, Coverage]:
    """The coverage of each story, by the id that was asked for; unknown ids are left out.

    With ``language`` a report in that language leads where there is one, and says what the story
    says in it. With ``languages``, the best first, only reports in these count at all.
    """
    roots = _roots(set(story_ids))
    reports = _reports({story.pk for story in roots.values()})
    if languages:
        reports = {story: _told_in(found, languages) for story, found in reports.items()}
    faces = _faces(roots.values(), reports, languages or (language,))
    return {
        asked: _cover(
            story, reports.get(story.pk, []), faces.get(story.pk), languages or (language,)
        )
        for asked, story in roots.items()
    }


def standing(story_ids: Iterable[int]) -> dict[int, int]:
    """The story that stands today for each of ``story_ids``: itself, or the one that took it in.

    Unknown ids are left out.
    """
    return {asked: story.pk for asked, story in _roots(set(story_ids)).items()}


def same_language(one: str, other: str) -> bool:
    """Whether two tags share their primary language: ``en`` and ``en-GB`` do."""
    return one.partition("-")[0].lower() == other.partition("-")[0].lower()


def is_web(url: str) -> bool:
    """Whether ``url`` is something a reader may safely be sent to."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _roots(asked: set[int]) -> dict[int, Story]:
    """Each asked id with the unmerged story that stands for it today."""
    stories: dict[int, Story] = Story.objects.in_bulk(asked)
    for _ in range(_MERGES_FOLLOWED):
        further = {s.merged_into_id for s in stories.values() if s.merged_into_id}
        if not further:
            break
        targets = Story.objects.in_bulk(further)
        stories = {
            key: targets.get(story.merged_into_id, story) if story.merged_into_id else story
            for key, story in stories.items()
        }
    return stories


def _reports(story_ids: set[int]) -> dict[int, list[StoryReport]]:
    rows = (
        StoryArticle.objects.filter(story__in=story_ids, article__withdrawn_at=None)
        .order_by("article__published_at", "article_id")
        .values("is_muted", *_FIELDS)
    )
    found: dict[int, list[StoryReport]] = {}
    muted: dict[int, list[StoryReport]] = {}
    for row in rows:
        of = muted if row["is_muted"] else found
        of.setdefault(row["story_id"], []).append(_report(row))
    return muted | found


def _report(row: Mapping[str, Any]) -> StoryReport:
    url = row["article__url"]
    return StoryReport(
        article_id=row["article_id"],
        title=row["article__title"],
        summary=row["article__summary"],
        url=url,
        source=row["article__source"] or (urlsplit(url).hostname or ""),
        agency=row["article__agency"],
        language=row["article__language"],
        published_at=row["article__published_at"],
        image_url=row["article__image_url"],
        image_alt=row["article__image_alt"],
        image_credit=row["article__image_credit"],
    )


def _told_in(reports: list[StoryReport], languages: Sequence[str]) -> list[StoryReport]:
    return [r for r in reports if any(same_language(r.language, each) for each in languages)]


def _faces(
    stories: Iterable[Story], reports: dict[int, list[StoryReport]], languages: Sequence[str]
) -> dict[int, Face]:
    """What stories say in the best of ``languages`` they are told in, where that is not their own.

    Nothing where none was asked for, or no report is in any of them.
    """
    wanted: dict[int, str] = {}
    for story in stories:
        told = reports.get(story.pk, [])
        best = next(
            (each for each in languages if any(same_language(r.language, each) for r in told)), ""
        )
        if best and (wanted_script(best) or not same_language(story.language, best)):
            wanted[story.pk] = best
    found = members(wanted, languages=sorted(set(wanted.values())))
    return {
        story: face(_in_script(told, wanted[story]), language=wanted[story])
        for story, told in found.items()
        if any(same_language(each.language, wanted[story]) for each in told)
    }


def _in_script(told: list[StoryMember], tag: str) -> list[StoryMember]:
    """Those in the script that ``tag`` asks for; all, where it asks for none or there are none."""
    script = wanted_script(tag)
    if not script:
        return told
    return [each for each in told if script_of(f"{each.title} {each.text}") == script] or told


def _cover(
    story: Story, reports: list[StoryReport], other: Face | None, languages: Sequence[str]
) -> Coverage:
    """``other``: what it says in another language than its own; ``languages`` were asked for."""
    lead_id = other.lead if other else story.lead_article_id
    lead = next((r for r in reports if r.article_id == lead_id), reports[0] if reports else None)
    if other is None and lead is not None and story.lead_article_id not in (None, lead.article_id):
        # The story's own lead was withdrawn, or is in a language that was not asked for.
        headline, summary = _own(story, lead.language, ()) or lead.title, lead.summary
    elif other is not None:
        headline = _own(story, other.language, languages) or other.headline
        summary = other.summary or (lead.summary if lead else "")
    else:
        headline, summary = story.headline, story.summary or (lead.summary if lead else "")
    return Coverage(
        story_id=story.pk,
        public_id=str(story.public_id),
        headline=headline,
        summary=summary,
        language=lead.language if lead else story.language,
        first_at=reports[0].published_at if reports and other else story.first_at,
        last_at=story.last_at,
        sources=distinct(report.source for report in reports),
        reports=len(reports),
        lead=lead,
        pictured=pictured(lead, reports),
    )


def _own(story: Story, language: str, asked: Sequence[str]) -> str:
    """The newsroom's own headline in ``language``; none in a script that was not ``asked`` for."""
    tags = (each for each in asked if same_language(each, language))
    return name_in(story.names, language, script=wanted_script(next(tags, "")))


def pictured(lead: _Report | None, reports: Sequence[_Report]) -> _Report | None:
    """The lead when it has a picture, else the first report that says whose its picture is."""
    if lead is not None and is_web(lead.image_url):
        return lead
    return next((r for r in reports if r.image_credit and is_web(r.image_url)), None)
