"""Step: a publisher deleted entries (RFC 6721), so their articles are withdrawn."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from digest.intake.articles.core.addresses import entry_key
from digest.intake.articles.models import Article, Sighting


@transaction.atomic
def withdraw(feed_id: int, entry_ids: Sequence[str], *, now: datetime) -> tuple[int, ...]:
    """Withdraw the articles of this feed's deleted entries; the ids of those that were not yet.

    A feed can only withdraw what it showed, and only an article that no other living feed shows.
    The words stay, for what was sent stays explained; nothing new is made of them. When the
    article was the first of several copies, the next of them takes its place.
    """
    keys = [entry_key(each) for each in entry_ids if each]
    if not keys:
        return ()
    mine = set(
        Sighting.objects.filter(feed_id=feed_id, entry_key__in=keys).values_list(
            "article_id", flat=True
        )
    )
    elsewhere = set(
        Sighting.objects.filter(article_id__in=mine)
        .exclude(feed_id=feed_id)
        .exclude(feed__state="retired")
        .values_list("article_id", flat=True)
    )
    gone = list(
        Article.objects.select_for_update(no_key=True)
        .filter(pk__in=mine - elsewhere, withdrawn_at=None)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    Article.objects.filter(pk__in=gone).update(withdrawn_at=now, updated_at=now)
    for pk in gone:
        _promote(pk)
    return tuple(gone)


def _promote(pk: int) -> None:
    copies = list(
        Article.objects.filter(duplicate_of=pk, withdrawn_at=None)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    if copies:
        Article.objects.filter(pk=copies[0]).update(duplicate_of=None)
        Article.objects.filter(pk__in=copies[1:]).update(duplicate_of=copies[0])
