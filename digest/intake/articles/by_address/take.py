"""Step: what an editor confirmed becomes an article, as if a feed had shown it."""

from dataclasses import replace
from datetime import datetime
from functools import partial

from django.db import transaction

from digest.intake.articles.by_address.ask import article_at
from digest.intake.articles.by_address.models import AddressLookup
from digest.intake.articles.by_address.words import ConfirmedWords, prepared
from digest.intake.articles.fingerprints import index_fingerprints
from digest.intake.articles.link import link_copies
from digest.intake.articles.models import Article
from digest.intake.articles.store import article_ids, store_articles
from digest.kit import wake
from digest.kit.errors import ActionRefused
from digest.staff.audit import record
from digest.staff.members import Member

State = AddressLookup.State


class NotTakable(ActionRefused, RuntimeError):
    """The look-up is past being confirmed; the text says where it stands."""


@transaction.atomic
def take(lookup_id: int, words: ConfirmedWords, *, member: Member, now: datetime) -> int:
    """Store the article in the ``words`` that :func:`words.checked` let pass; its id.

    One that a feed brought meanwhile is taken as it is. Its story is found by the next "assign",
    which is woken. Raises :class:`NotTakable` when somebody was quicker.
    """
    lookup = AddressLookup.objects.select_for_update().get(pk=lookup_id)
    if lookup.state not in (State.READ, State.FAILED):
        raise NotTakable("It was added already." if lookup.article_id else "It is still looked at.")
    made = replace(
        prepared(words, lookup.url, lookup.text, now), title=words.title, summary=words.summary,
        source=words.source, language=words.language, image_credit=words.image_credit,
    )  # fmt: skip
    known = article_at(made.url)
    if known is None:
        ids = store_articles([made], now) or article_ids([made.url_hash])
        known = ids[made.url_hash]
        index_fingerprints([known])
        transaction.on_commit(partial(link_copies, [known], now=now), robust=True)
    was = {name: lookup.found.get(name, "") for name in ("title", "summary", "source")}
    said = {name: getattr(words, name) for name in was}
    lookup.state, lookup.article_id, lookup.stored_at = State.STORED, known, now
    lookup.reason, lookup.claimed_until = "", None
    lookup.save()
    record(
        "added by address", Article.objects.get(pk=known), now=now, member=member,
        url=made.url, before=was, after=said, picture=words.image_url,
    )  # fmt: skip
    wake.on_commit("assign")
    return known
