"""Steps: an editor gives an address, and has it tried again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from digest.intake.articles.by_address.models import AddressLookup
from digest.intake.articles.core import canonical
from digest.intake.articles.models import Article
from digest.kit import wake
from digest.kit.errors import InvalidInput
from digest.staff.members import Member

State = AddressLookup.State
MOST_WAITING = 10
"""Addresses that one editor may have waiting at once."""
_AGAIN = timedelta(minutes=10)


class UnfitPage(InvalidInput, ValueError):
    """The address cannot be looked at; the text says what to give instead."""


@dataclass(frozen=True, slots=True)
class AddressAsked:
    """The article that has the address already, or the look-up that was begun."""

    article_id: int | None = None
    lookup: AddressLookup | None = None


def fit(typed: str) -> str:
    """The canonical address of an article's page; raises :class:`UnfitPage`."""
    line = typed.strip()
    if not line:
        raise UnfitPage("Paste the address of the article’s page.")
    found = canonical.canonical(line if "://" in line else f"https://{line}")
    if found is None or " " in line:
        raise UnfitPage("That is no web address. Paste it as it stands in the browser, whole.")
    if not found.startswith("https://"):
        raise UnfitPage("Readers are sent to https pages alone. Give the address with https://.")
    if canonical.is_front_page(found):
        raise UnfitPage("That is a site’s front page. Give the address of the article itself.")
    if canonical.is_aggregators(found):
        raise UnfitPage("That leads through Google News. Open it, and give the outlet’s own page.")
    return found


@transaction.atomic
def ask(typed: str, *, edition: UUID | None, member: Member, now: datetime) -> AddressAsked:
    """Have the page at ``typed`` read, unless an article has that address already.

    The same address asked for by the same editor a moment ago is the same look-up. Wakes
    "lookups". Raises :class:`UnfitPage`.
    """
    url = fit(typed)
    if (known := article_at(url)) is not None:
        return AddressAsked(article_id=known)
    own = AddressLookup.objects.select_for_update().filter(member=member)
    fresh = own.filter(asked_at__gte=now - _AGAIN, url=url, edition=edition)
    again = fresh.filter(state__in=(State.WAITING, State.READ)).first()
    if again is not None:
        return AddressAsked(lookup=again)
    if own.filter(state=State.WAITING).count() >= MOST_WAITING:
        raise UnfitPage(
            f"{MOST_WAITING} of your addresses are being looked at. Wait until one is read."
        )
    made = AddressLookup.objects.create(
        typed=typed.strip()[: canonical.MAX_URL], url=url, edition=edition, member=member,
        asked_at=now,
    )  # fmt: skip
    wake.on_commit("lookups")
    return AddressAsked(lookup=made)


@transaction.atomic
def ask_again(lookup_id: int, *, now: datetime) -> None:
    """Have a page that told nothing read once more."""
    failed = AddressLookup.objects.filter(pk=lookup_id, state=State.FAILED)
    if failed.update(state=State.WAITING, reason="", attempts=0, asked_at=now):
        wake.on_commit("lookups")


def article_at(url: str) -> int | None:
    """The article with that canonical address."""
    found = Article.objects.filter(url_hash=canonical.identity(url), withdrawn_at=None)
    return found.values_list("pk", flat=True).first()
