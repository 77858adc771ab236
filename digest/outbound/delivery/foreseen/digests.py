"""Query: a reader's own digest as it would be made now."""

from dataclasses import dataclass
from datetime import datetime

from digest.audience.models.schedules import Schedule
from digest.audience.schedules.ahead import wanted_next
from digest.newsdesk.alerts.issued import issued_before
from digest.newsdesk.editions.core.content import EditionContent
from digest.newsdesk.editions.personal import foresee
from digest.newsdesk.stories.models import Story
from digest.outbound.delivery.foreseen.editions import ItemForReader
from digest.outbound.delivery.foreseen.verdict import ForeseenVerdict, no, shut, yes
from digest.outbound.delivery.planning.own_edition import edition_for


@dataclass(frozen=True, slots=True)
class ForeseenForReader:
    """Whether it would go and when, what it would say, and what is left out of it."""

    verdict: ForeseenVerdict
    due_at: datetime | None
    content: EditionContent | None
    items: tuple[ItemForReader, ...]


def foreseen(schedule: Schedule, *, now: datetime) -> ForeseenForReader:
    """The next digest of a schedule, which comes with its subscriber and address."""
    address = schedule.address
    wanted = wanted_next(schedule, now=now)
    because = shut(address)
    if wanted is None:
        because = because or "They follow no topic on this address, so no digest is due."
        return ForeseenForReader(no(address, because), None, None, ())
    alerted = issued_before(wanted.slot_at) if wanted.alerts else ()
    made = foresee(edition_for(wanted, alerted))
    because = because or made.reason
    stories = {each.story_id for each in made.left_out}
    names = dict(Story.objects.filter(pk__in=stories).values_list("pk", "headline"))
    told = made.content.items if made.content else ()
    items = (
        *(ItemForReader(each.headline, True, _moved(each.is_update)) for each in told),
        *(ItemForReader(names.get(e.story_id, ""), False, e.reason) for e in made.left_out),
    )
    verdict = no(address, because) if because else yes(address, "By their topics.", wanted.language)
    return ForeseenForReader(verdict, wanted.slot_at, made.content, items)


def _moved(is_update: bool) -> str:
    return "They had it before, and it has moved on since." if is_update else ""
