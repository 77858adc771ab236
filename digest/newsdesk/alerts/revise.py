"""Freeze an alert's next revision and tell the senders: shared by issue, correct and withdraw."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from digest.kit import wake
from digest.kit.text import one_line
from digest.newsdesk.alerts.core.content import AlertContent
from digest.newsdesk.alerts.core.words import AlertRefused, AlertWords
from digest.newsdesk.alerts.models import Alert, AlertRevision
from digest.newsdesk.stories.coverage import coverage, is_web
from digest.newsdesk.stories.models import Story
from digest.newsdesk.topics.models import StoryTopic
from digest.staff.audit import record
from digest.staff.members import Member

SOURCES_NAMED = 6


@dataclass(frozen=True, slots=True)
class Issued:
    """An alert's revision; ``first`` is False when the call changed nothing."""

    alert_id: int
    revision: int
    first: bool = True


def freeze(
    alert: Alert,
    kind: AlertRevision.Kind,
    words: AlertWords,
    *,
    member: Member,
    now: datetime,
    others: Mapping[str, AlertWords] | None = None,
) -> Issued:
    """Store what the alert says from now on as its next revision, and wake the alerts' senders.

    ``others``: what this revision says in other languages, where that is not what the alert says.
    The caller holds the alert's row and has set its state. Raises ``AlertRefused`` when a first
    issue or a correction has no article left to link to.
    """
    content = content_of(alert, kind, words, revision=alert.revision + 1, now=now, others=others)
    if not content.url:
        raise AlertRefused(
            "Every article of this story was withdrawn by its outlet: nothing to link."
        )
    AlertRevision.objects.create(
        alert=alert,
        revision=content.revision,
        kind=kind,
        content=content.to_document(),
        is_biggest=alert.is_biggest,
        topic_ids=topics_of(alert.story),
        issued_at=now,
        issued_by=str(member)[:200],
    )
    alert.revision = content.revision
    alert.lock_version += 1
    alert.save()
    verb = {"first": "issued", "correction": "corrected", "withdrawal": "withdrawn"}[kind.value]
    record(verb, alert, now=now, member=member, revision=content.revision, headline=words.headline)
    wake.on_commit("alerts", alert.pk)
    return Issued(alert.pk, content.revision)


def content_of(
    alert: Alert,
    kind: AlertRevision.Kind,
    words: AlertWords,
    *,
    revision: int,
    now: datetime,
    others: Mapping[str, AlertWords] | None = None,
) -> AlertContent:
    """What a revision says: in ``others`` as well, the alert's own unless they are given.

    A withdrawal keeps the link it went out with, whatever became of it, and has no picture: what
    does not hold is not illustrated.
    """
    told = coverage([alert.story_id]).get(alert.story_id)
    url = told.lead.url if told and told.lead else ""
    if kind == AlertRevision.Kind.WITHDRAWAL or not is_web(url):
        url = _last_url(alert)
    return AlertContent(
        public_id=str(alert.public_id),
        kind=kind.value,
        headline=words.headline,
        url=url,
        language=alert.language,
        summary=words.summary,
        sources=tuple(one_line(source) for source in told.sources[:SOURCES_NAMED]) if told else (),
        issued_at=now.isoformat(),
        revision=revision,
        picture=None if kind == AlertRevision.Kind.WITHDRAWAL else alert.picture,
        others=tuple(
            (tag, each.headline, each.summary)
            for tag, each in sorted((alert.in_others if others is None else others).items())
        ),
    )


def topics_of(story: Story) -> list[int]:
    """The ids of the story's topics, those of the one that took it in among them."""
    found = StoryTopic.objects.filter(story__in={story.pk, story.merged_into_id})
    return sorted(set(found.exclude(by="barred").values_list("topic_id", flat=True)))


def last_content(alert: Alert) -> AlertContent | None:
    """What the alert said last; None before it was first issued."""
    last = AlertRevision.objects.filter(alert=alert).order_by("-revision").first()
    return AlertContent.from_document(last.content) if last else None


def _last_url(alert: Alert) -> str:
    last = last_content(alert)
    return last.url if last else ""
