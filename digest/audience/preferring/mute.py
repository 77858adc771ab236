"""Steps: a reader wants to hear no more about a story, or does again."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from digest.audience.models.addresses import locked_by_id
from digest.audience.models.subscribers import Mute
from digest.audience.preferring.prefer import NotVerified
from digest.newsdesk.stories.models import Story

MOST = 500


@dataclass(frozen=True, slots=True)
class MutedStory:
    """A story as the reader's page names it, and whether they hear of it."""

    headline: str
    muted: bool


def story_for(address_id: int, public_id: UUID) -> MutedStory | None:
    """The story, and whether the person behind the address muted it; None where there is none."""
    story = Story.objects.filter(public_id=public_id).first()
    if story is None:
        return None
    muted = Mute.objects.filter(subscriber__addresses=address_id, story=story).exists()
    return MutedStory(story.headline, muted)


@transaction.atomic
def mute(address_id: int, public_id: UUID, *, now: datetime) -> bool:
    """Leave the story out of the person's digests from now on; False where there is none.

    The oldest make room beyond five hundred. Raises
    :class:`~digest.audience.preferring.prefer.NotVerified` for an unconfirmed or erased address.
    """
    address = locked_by_id(address_id)
    if address is None or address.verified_at is None:
        raise NotVerified("Confirm the address first, by the link in the mail we sent.")
    story = Story.objects.filter(public_id=public_id).first()
    if story is None:
        return False
    Mute.objects.get_or_create(
        subscriber_id=address.subscriber_id, story=story, defaults={"at": now}
    )
    held = Mute.objects.filter(subscriber=address.subscriber_id).order_by("-at", "-pk")
    Mute.objects.filter(pk__in=list(held.values_list("pk", flat=True)[MOST:])).delete()
    return True


@transaction.atomic
def unmute(address_id: int, public_id: UUID) -> bool:
    """Let the story into the person's digests again; whether it had been left out."""
    rows = Mute.objects.filter(subscriber__addresses=address_id, story__public_id=public_id)
    return rows.delete()[0] > 0
