"""Step: new articles that copy another one are linked to the first."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from digest.intake.articles import fingerprints
from digest.intake.articles.core.canonical import is_aggregators
from digest.intake.articles.core.copies import ComparedText, are_copies
from digest.intake.articles.models import Article

_MOST_COMPARED = 8


def link_copies(article_ids: Sequence[int], *, now: datetime) -> tuple[int, ...]:
    """Find what each of these articles copies, among the last three days'; the ids linked.

    To be called after they are committed: of two copies stored at once, the one linked later sees
    the other. The first is the one with the lowest id, an aggregator's item last of
    all; what copied a copy follows to the first.
    """
    likely = _likely(article_ids, now)
    if not likely:
        return ()
    heads, reports = _loaded({*likely, *(pk for each in likely.values() for pk in each)})
    linked: list[int] = []
    for pk in sorted(likely):
        # Of a round-up that carries several reports, none is the other's copy.
        copies = [
            each for each in likely[pk]
            if all(other in reports and are_copies(reports[pk], reports[other])
                   for other in {each, heads.get(each, each)})
        ]  # fmt: skip
        if copies:
            linked += _link([pk, *copies], heads, reports)
    return tuple(linked)


def _likely(article_ids: Sequence[int], now: datetime) -> dict[int, list[int]]:
    """By article, those that share most of its fingerprints."""
    shared = fingerprints.shared(article_ids, now=now)
    # Of equals the latest: whoever copied last is likeliest to have copied this.
    return {
        pk: sorted(others, key=lambda other: (others[other], other), reverse=True)[:_MOST_COMPARED]
        for pk, others in shared.items()
    }


def _loaded(ids: Iterable[int]) -> tuple[dict[int, int], dict[int, ComparedText]]:
    heads: dict[int, int] = {}
    reports: dict[int, ComparedText] = {}
    wanted = set(ids)
    # Those found, then the firsts that they are copies of.
    while wanted:
        rows = Article.objects.filter(pk__in=wanted).values_list(
            "pk", "duplicate_of_id", "title", "text", "source", "url"
        )
        for pk, head, title, text, source, url in rows:
            heads[pk] = head or pk
            reports[pk] = ComparedText(title, text, source, is_aggregators(url))
        wanted = set(heads.values()) - set(heads) - wanted
    return heads, reports


@transaction.atomic
def _link(
    group: Sequence[int], heads: dict[int, int], reports: Mapping[int, ComparedText]
) -> list[int]:
    """Make the earliest of a group, or what it copies, the first of all of them.

    An outlet's own report comes before what an aggregator passes on, whenever that was seen.
    """
    first = min((heads[each] for each in group), key=lambda pk: (reports[pk].by_aggregator, pk))
    wrong = sorted({*group, *(heads[each] for each in group)} - {first})
    wrong = [pk for pk in wrong if heads.get(pk) != first]
    # In order of ids: two that link at once wait for each other, never in a circle.
    rows = list(
        Article.objects.select_for_update(no_key=True)
        .filter(pk__in=wrong)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    Article.objects.filter(pk__in=rows).update(duplicate_of=first)
    Article.objects.filter(duplicate_of__in=rows).update(duplicate_of=first)
    heads.update(dict.fromkeys(rows, first))
    return rows
