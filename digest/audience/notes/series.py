"""Steps: a series is made, runs and rests; who enters it, and which of its messages comes next."""

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q

from digest.audience.core import languages, series_places
from digest.audience.core.alert_rules import is_zone
from digest.audience.core.room import in_days
from digest.audience.core.series_plan import STEP_FIELDS, SeriesPlan, StepPlan
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
        spoken = languages.primary(series.language)
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
        )
        # As ``Subscriber.reads`` says, but asked of the table: readers of other languages never
        # enter, and would stand before everybody else for ever.
        reads = Q(subscriber__languages__contains=[spoken]) | Q(
            subscriber__languages=[], subscriber__locale__iregex=rf"^{spoken}([-_]|$)"
        )
        readers = began.filter(reads).select_related("subscriber").order_by("pk")[:_AT_ONCE]
        made += _note(series, first, [(each, each.confirmed_at or now) for each in readers], now)
    return made


def advance(*, now: datetime) -> int:
    """Note the next message for who had the one before it.

    Who had a message that was taken out since goes on with what follows its place.
    """
    made = 0
    for series in Series.objects.exclude(running_since=None):
        places = series_places.places(series.steps.values_list("pk", "position", "stood_after"))
        for after in series.steps.filter(position__gt=0):
            before = [pk for pk, place in places.items() if place == after.position - 1]
            later = [pk for pk, place in places.items() if place >= after.position]
            has = Note.objects.filter(subscription=OuterRef("subscription"), step__in=later)
            done = Note.objects.filter(~Exists(has), step__in=before, state=Note.State.PLANNED)
            due = done.filter(subscription__state__in=["active", "paused"])
            # Of several that were taken out beside each other, a reader may have had more than one.
            rows = due.order_by("subscription", "-planned_at").distinct("subscription")
            made += _note(
                series,
                after,
                [
                    (each.subscription, each.planned_at or now)
                    for each in rows.select_related("subscription__subscriber")[:_AT_ONCE]
                ],
                now,
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
    return StepPlan(
        step.wait_days, step.subject, step.body, step.link_words, step.link_url, step.pk
    )


def _keep_steps(series: Series, plans: tuple[StepPlan, ...]) -> None:
    """Put the steps in their places; a step whose words change gets a new revision.

    Each message stays the row it is, wherever it stands now, so that nobody gets one twice.
    """
    there = {each.pk: each for each in series.steps.filter(position__gt=0)}
    order = [each.pk for each in sorted(there.values(), key=lambda each: each.position)]
    known = series_places.matched(plans, [_step_plan(there[pk]) for pk in order])
    gone = [pk for pk in order if pk not in known]
    # Out of the way first: no two may stand at one place even for a moment.
    series.steps.filter(position__gt=0).update(position=F("position") + len(order) + len(plans))
    now_there = []
    for number, (plan, pk) in enumerate(zip(plans, known, strict=True), start=1):
        words = {name: getattr(plan, name) for name in STEP_FIELDS}
        if pk is None:
            now_there.append(SeriesStep.objects.create(series=series, position=number, **words).pk)
            continue
        now_there.append(pk)
        changed = any(getattr(there[pk], name) != value for name, value in words.items())
        revision = there[pk].revision + changed
        SeriesStep.objects.filter(pk=pk).update(position=number, revision=revision, **words)
    for pk in gone:
        earlier = order[: order.index(pk)]
        before = earlier[-1] if earlier else None
        SeriesStep.objects.filter(pk=pk).update(position=0, stood_after=before)
    # Who waits for another message than the one that is theirs next by now is asked about anew.
    follows = dict(zip(now_there, [None, *now_there], strict=False))
    followed = dict(zip(order, [None, *order], strict=False))
    moved = [pk for pk in order if pk in gone or follows[pk] != followed[pk]]
    Note.objects.filter(step__in=moved, state=Note.State.WAITING).delete()
