"""Step: articles that editors gave by their address have a story now, and go where they are for."""

from datetime import datetime, timedelta

from django.db import transaction

from digest.intake.articles.by_address.models import AddressLookup
from digest.kit.observe import log
from digest.newsdesk.editions import curate
from digest.newsdesk.editions.lock import EditionRefused, locked
from digest.newsdesk.editions.models import Edition
from digest.newsdesk.stories.alone import found_alone
from digest.newsdesk.stories.models import StoryArticle
from digest.staff.access import within

State = AddressLookup.State
PATIENCE = timedelta(minutes=2)
"""After so long without a story an article is one that no rule groups: it gets its own."""


def settle_lookups(*, now: datetime, limit: int = 50) -> int:
    """Add to their editions the stories of what editors gave; how many were settled.

    Each in a transaction of its own. What cannot be added any more says so to who gave it.
    """
    stored = AddressLookup.objects.filter(state=State.STORED).order_by("stored_at", "pk")
    return sum(_settle(pk, now) for pk in stored.values_list("pk", flat=True)[:limit])


@transaction.atomic
def _settle(lookup_id: int, now: datetime) -> bool:
    rows = AddressLookup.objects.select_for_update(skip_locked=True, of=("self",))
    lookup = rows.filter(pk=lookup_id, state=State.STORED).select_related("member").first()
    if lookup is None:
        return False
    story = story_of(lookup.article_id) if lookup.article_id else None
    if story is None and lookup.article_id and _waited(lookup, now):
        story = found_alone(lookup.article_id, now=now)
    if story is None and lookup.article_id:
        return False
    lookup.reason = _added(lookup, story, now) if story else "The article is gone. Give it again."
    lookup.state = State.DONE
    lookup.save(update_fields=["state", "reason"])
    return True


def _waited(lookup: AddressLookup, now: datetime) -> bool:
    return lookup.stored_at is None or lookup.stored_at <= now - PATIENCE


def story_of(article_id: int) -> int | None:
    """The story that an article is in."""
    rows = StoryArticle.objects.filter(article=article_id)
    return rows.values_list("story_id", flat=True).first()


def _added(lookup: AddressLookup, story: int, now: datetime) -> str:
    """Put the story into the edition it is for; why it could not be, empty when it is there."""
    if lookup.edition is None:
        return ""
    edition = Edition.objects.filter(public_id=lookup.edition).first()
    if edition is None or lookup.member is None:
        return "The edition that it was for is gone."
    if not within(lookup.member.scope, edition.newsletter_id):
        return f"It was not added: {edition.title} is none of {lookup.member}’s newsletters."
    try:
        with transaction.atomic():
            version = locked(edition.pk, None).lock_version
            curate.add(edition.pk, story, lock_version=version, member=lookup.member, now=now)
    except EditionRefused as error:
        log.info("address not added", lookup=lookup.pk, reason=str(error))
        return f"It was not added to {edition.title}. {error}"
    return ""
