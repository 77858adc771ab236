"""Feeds with their health as the database sees it, to filter, count and sort ten thousand by."""

from collections import Counter
from datetime import datetime
from typing import Any

from django.db.models import (
    Case,
    CharField,
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    Q,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest, Least

from digest.intake.feeds.models import Feed, FeedCheck
from digest.intake.feeds.polling import health

WORDS = ("failing", "silent", "slow", "new", "good", "paused", "retired")


def worded(now: datetime) -> Any:
    """A query set of all feeds, each with ``word``, the very one that health.judge finds."""
    usual = Greatest(
        ExpressionWrapper(
            Coalesce(F("usual_gap"), Value(health.SILENT_AT_MOST, DurationField()))
            * Value(health.SILENT_GAPS),
            output_field=DurationField(),
        ),
        Value(health.SILENT_AT_LEAST, DurationField()),
    )
    patience = Least(usual, Value(health.SILENT_AT_MOST, DurationField()))
    quiet_since = ExpressionWrapper(
        Value(now, DateTimeField()) - patience, output_field=DateTimeField()
    )
    failing = Q(failures__gte=health.PATIENCE) | Q(failures__gt=0, succeeded_at__isnull=True)
    return Feed.objects.annotate(
        word=Case(
            When(state=Feed.State.PAUSED, then=Value("paused")),
            When(state=Feed.State.RETIRED, then=Value("retired")),
            When(checked_at__isnull=True, then=Value("new")),
            When(failing, then=Value("failing")),
            When(newest_at__lt=quiet_since, then=Value("silent")),
            When(latency_ms__gte=health.SLOW_MS, then=Value("slow")),
            default=Value("good"),
            output_field=CharField(),
        )
    )


def counts(now: datetime) -> Counter[str]:
    """How many feeds are in each state of health."""
    return Counter(worded(now).values_list("word", flat=True))


def rhythms(feed_ids: list[int]) -> dict[int, list[float]]:
    """By feed, how many new articles each of its latest looks with news brought, oldest first."""
    found: dict[int, list[float]] = {pk: [] for pk in feed_ids}
    rows = FeedCheck.objects.filter(feed_id__in=feed_ids).order_by("at")
    for feed_id, new in rows.values_list("feed_id", "new_articles"):
        found[feed_id].append(float(new))
    return found
