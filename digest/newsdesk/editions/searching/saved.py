"""Steps: an editor keeps a search of the wire under a name, and lets it go."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from digest.kit.errors import ActionRefused
from digest.kit.text import one_line
from digest.newsdesk.editions.models import SavedSearch
from digest.staff.members import Member

MOST = 20
NAME_LIMIT = 60


class SearchRefused(ActionRefused, ValueError):
    """The search cannot be kept so; the text says what to do."""


@transaction.atomic
def keep_search(
    name: str, asked: Mapping[str, str], *, member: Member, now: datetime
) -> SavedSearch:
    """Keep ``asked`` under ``name`` for this member; one of the same name is replaced."""
    name = one_line(name)
    if not name:
        raise SearchRefused("Give the search a name, so that you find it again.")
    if len(name) > NAME_LIMIT:
        raise SearchRefused(f"The name may have {NAME_LIMIT} characters. Shorten it.")
    if not asked:
        raise SearchRefused("Nothing is narrowed yet. Choose something, then keep the search.")
    own = SavedSearch.objects.filter(member=member)
    if own.exclude(name=name).count() >= MOST:
        raise SearchRefused(f"You keep {MOST} searches, which is the most. Forget one first.")
    values = {"asked": dict(asked), "at": now}
    kept, _ = SavedSearch.objects.update_or_create(member=member, name=name, defaults=values)
    return kept


def forget_search(search_id: int, *, member: Member) -> bool:
    """Let a search of this member's go; False when there is none."""
    return bool(SavedSearch.objects.filter(pk=search_id, member=member).delete()[0])
