"""Steps: a series is made, runs and rests; who enters it, and which of its messages comes next."""

import hashlib
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import pairwise

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q

from digest.audience.core import languages
from digest.audience.core.alert_rules import is_zone
from digest.audience.core.room import in_days
from digest.audience.core.series_plan import SeriesPlan, StepPlan
from digest.audience.models.notes import Note, Series, SeriesStep
from digest.audience.models.subscribers import Subscriber
from digest.audience.models.subscriptions import Subscription
from digest.kit.errors import StaleVersion
from digest.newsdesk.newsletters.models import Newsletter
from digest.newsdesk.topics.models import Topic
from digest.staff.audit import record
from digest.staff.members import Member

_AT_ONCE = 1_000


class StaleSeries(StaleVersion):
    """Somebody changed the series since it was read; the text says so to an editor."""


@dataclass(frozen=True, slots=True)
class StepCount:
    """How many readers stand at a step: it waits for them, it went to them, it was dropped."""

    step: SeriesStep
    waiting: int
    planned: int
    dropped: int


def plan_of(series: Series) -> SeriesPlan:
    """The plan that stands now."""
    about = series.newsletter or series.topic
    assert about is not None  # a constraint of the table says so
    kind = "newsletters" if series.newsletter else "topics"
    return SeriesPlan(
        series.name,
        f"{kind}:{about.slug}",
        series.language,
        series.local_time,
        tuple(_step_plan(each) for each in series.steps.filter(position__gt=0)),
    )


def mark_of(plan: SeriesPlan | None) -> str:
    """A mark of a plan: another one for each change."""
    return hashlib.sha256(repr(plan).encode()).hexdigest()[:16]


@transaction.atomic
def define_series(
    slug: str, plan: SeriesPlan, *, base: str, now: datetime, member: Member
) -> Series:
    """Store the series ``slug``; ``base`` is the mark of what the editor saw (of None: new).

    Messages that went keep their words, and who waits for a message gets it as it stands then.
    Raises :class:`StaleSeries`.
    """
    there = Series.objects.select_for_update().filter(slug=slug).first()
    if mark_of(plan_of(there) if there else None) != base:
        raise StaleSeries("Somebody else changed this series meanwhile. Compare, and save again.")
    kind, _, about = plan.begins_with.partition(":")
    columns = {
        "name": plan.name,
        "language": plan.language,
        "local_time": plan.local_time,
        "newsletter": Newsletter.objects.get(slug=about) if kind == "newsletters" else None,
        "topic": Topic.objects.get(slug=about) if kind == "topics" else None,
    }
    made, is_new = Series.objects.update_or_create(
        slug=slug, defaults=columns, create_defaults=columns | {"created_at": now}
    )
    _keep_steps(made, plan.steps)
    verb = "made" if is_new else "changed"
    record(verb, made, now=now, member=member, steps=[each.subject for each in plan.steps])
    return made


@transaction.atomic
def run_series(slug: str, *, runs: bool, now: datetime, member: Member) -> bool:
    """Let a series run, or rest; whether that was another state than before.

    While it rests nobody enters it and nothing of it goes; who is in it goes on afterwards.
    """
    series = Series.objects.select_for_update().get(slug=slug)
    if bool(series.running_since) == runs:
        return False
    series.running_since = now if runs else None
    series.save(update_fields=["running_since"])
    record("started" if runs else "stopped", series, now=now, member=member)
    return True


def enrol(*, now: datetime) -> int:
    """Note the first message for who began to follow what a running series is for."""
    made = 0
    for series in Series.objects.exclude(running_since=None):
        first = series.steps.filter(position=1).first()
        if first is None:
            continue
        had = Note.objects.filter(subscription=OuterRef("pk"), step__series=series)
        began = Subscription.objects.filter(
            ~Exists(had),
            newsletter=series.newsletter_id,
            topic=series.topic_id,
            alerts=False,
            state=Subscription.State.ACTIVE,
            brought_by=None,
            confirmed_at__gte=series.running_since,
            address__channel__in=settings.DIGEST_CHANNELS,
        ).select_related("subscriber")
        readers = [
            each
            for each in began.order_by("pk")[:_AT_ONCE]
            if languages.primary(series.language) in each.subscriber.reads
        ]
        made += _note(series, first, [(each, each.confirmed_at or now) for each in readers], now)
    return made


def advance(*, now: datetime) -> int:
    """Note the next message for who had the one before it."""
    made = 0
    for series in Series.objects.exclude(running_since=None):
        steps = list(series.steps.filter(position__gt=0))
        for before, after in pairwise(steps):
            has = Note.objects.filter(
                subscription=OuterRef("subscription"),
                step__series=series,
                step__position__gte=after.position,
            )
            done = Note.objects.filter(~Exists(has), step=before, state=Note.State.PLANNED)
            due = done.filter(subscription__state__in=["active", "paused"])
            rows = due.select_related("subscription__subscriber").order_by("pk")[:_AT_ONCE]
            made += _note(
                series, after, [(each.subscription, each.planned_at or now) for each in rows], now
            )
    return made


def standing(series: Series) -> tuple[StepCount, ...]:
    """Who is where: by step, those that are in the series now first."""
    rows = (
        Note.objects.filter(step__series=series).values_list("step", "state").annotate(Count("pk"))
    )
    counted: Counter[tuple[int, str]] = Counter()
    for step, state, number in rows:
        counted[step, state] += number
    return tuple(
        StepCount(each, *(counted[each.pk, state] for state in ("waiting", "planned", "dropped")))
        for each in series.steps.filter(Q(position__gt=0))
    )


def _note(
    series: Series, step: SeriesStep, readers: list[tuple[Subscription, datetime]], now: datetime
) -> int:
    notes = []
    for each, since in readers:
        due = in_days(since, step.wait_days, series.local_time, zone_of(each.subscriber))
        notes.append(
            Note(
                kind=Note.Kind.SERIES,
                address_id=each.address_id,
                subscription=each,
                step=step,
                about=[each.pk],
                created_at=now,
                due_at=due,
                first_due_at=due,
            )
        )
    Note.objects.bulk_create(notes, ignore_conflicts=True)
    return len(notes)


def zone_of(subscriber: Subscriber) -> str:
    """Where a reader lives, as far as it can be used."""
    return subscriber.time_zone if is_zone(subscriber.time_zone) else "UTC"


def _step_plan(step: SeriesStep) -> StepPlan:
    return StepPlan(step.wait_days, step.subject, step.body, step.link_words, step.link_url)


def _keep_steps(series: Series, plans: tuple[StepPlan, ...]) -> None:
    """Put the steps in their places; a step whose words change gets a new revision."""
    there = list(series.steps.filter(position__gt=0))
    for number, plan in enumerate(plans, start=1):
        if number > len(there):
            SeriesStep.objects.create(series=series, position=number, **asdict(plan))
            continue
        step = there[number - 1]
        if _step_plan(step) != plan:
            for name, value in asdict(plan).items():
                setattr(step, name, value)
            step.revision += 1
            step.save()
    gone = [each.pk for each in there[len(plans) :]]
    SeriesStep.objects.filter(pk__in=gone).update(position=0)
    waiting = Note.objects.filter(step__in=gone, state=Note.State.WAITING)
    waiting.update(state=Note.State.DROPPED, reason="The message was taken out of its series.")
