"""Step: a newsletter is made or changed, as an editor planned it."""

import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from digest.kit.errors import StaleVersion
from digest.newsdesk.newsletters.core.plan import Break, NewsletterPlan
from digest.newsdesk.newsletters.models import ExemptDates, Newsletter
from digest.staff.audit import record
from digest.staff.members import Member


class StaleNewsletter(StaleVersion):
    """Somebody changed the newsletter since it was read; the text says so to an editor."""


@dataclass(frozen=True, slots=True)
class DefinedNewsletter:
    """The newsletter, and the names of what changed; all of them for a new one."""

    newsletter_id: int
    changed: tuple[str, ...]


def plan_of(newsletter: Newsletter) -> NewsletterPlan:
    """The plan that stands now."""
    closed = newsletter.exempt.filter(at=None).order_by("first", "last")
    return NewsletterPlan(
        breaks=tuple(Break(each.first, each.last, each.words) for each in closed),
        topic_ids=tuple(sorted(newsletter.topics.values_list("pk", flat=True))),
        channels=tuple(newsletter.channels),
        **{name: getattr(newsletter, name) for name in _COLUMNS},
    )


def mark_of(plan: NewsletterPlan | None) -> str:
    """A mark of a plan: another one for each change."""
    return hashlib.sha256(repr(plan).encode()).hexdigest()[:16]


@transaction.atomic
def define_newsletter(
    slug: str, plan: NewsletterPlan, *, base: str, now: datetime, member: Member
) -> DefinedNewsletter:
    """Store the newsletter ``slug``; ``base`` is the mark of what the editor saw (of None: new).

    Its next edition follows the new plan; one that is open already keeps its hour. Raises
    :class:`StaleNewsletter`.
    """
    there = Newsletter.objects.select_for_update().filter(slug=slug).first()
    stands = plan_of(there) if there else None
    if mark_of(stands) != base:
        raise StaleNewsletter(
            "Somebody else changed this newsletter meanwhile. Nothing of yours is lost: compare "
            "with what stands now, and save again."
        )
    columns = {name: getattr(plan, name) for name in _COLUMNS} | {"channels": [*plan.channels]}
    if there is None:
        try:
            with transaction.atomic():
                made = Newsletter.objects.create(slug=slug, **columns)
        except IntegrityError:
            raise StaleNewsletter(
                "Somebody else made a newsletter of this name just now."
            ) from None
    else:
        made = there
        for name, value in columns.items():
            setattr(made, name, value)
        made.save()
    made.topics.set(plan.topic_ids)
    if stands is None or stands.breaks != plan.breaks:
        made.exempt.filter(at=None).delete()
        ExemptDates.objects.bulk_create(
            ExemptDates(newsletter=made, first=each.first, last=each.last, words=each.words)
            for each in plan.breaks
        )
    before, after = (asdict(stands) if stands else {}), asdict(plan)
    changed = tuple(name for name in after if before.get(name) != after[name])
    if changed:
        detail = {name: [str(before.get(name, "")), str(after[name])] for name in changed}
        record(
            "made" if stands is None else "changed", made, now=now, member=member, changes=detail
        )
    return DefinedNewsletter(made.pk, changed)


_COLUMNS = (
    "name", "description", "language", "time_zone", "days", "local_time", "lead", "grace", "spread",
    "publishes_by_rule", "cut_off", "pairs_of_eyes", "size", "sender_name", "reply_to", "is_open",
)  # fmt: skip
