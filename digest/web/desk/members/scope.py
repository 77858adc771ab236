"""Whose newsletter a form of the desk changes: who has a few alone changes nothing else.

Whoever has a scope sees everything. What belongs to no newsletter (alerts, topics, feeds, readers,
members) is everybody's, and so not theirs to change; a path that is not named here is refused.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest

from digest.audience.models.notes import Series
from digest.intake.articles.by_address.models import AddressLookup
from digest.newsdesk.editions.models import Edition
from digest.newsdesk.newsletters.models import Newsletter
from digest.outbound.delivery.models import Send
from digest.staff.access import within
from digest.staff.members import Member
from digest.web.desk import given

_Of = Callable[[HttpRequest, Mapping[str, Any]], int | None]

READS = frozenset({"readers"})
"""Forms that are posted to keep what is typed out of links, and change nothing."""


def _edition(request: HttpRequest, given_by: Mapping[str, Any]) -> int | None:
    rows = Edition.objects.filter(public_id=given.uuid(str(given_by["public_id"])))
    return rows.values_list("newsletter_id", flat=True).first()


def _newsletter(request: HttpRequest, given_by: Mapping[str, Any]) -> int | None:
    return _slug(str(given_by["slug"]))


def _series(request: HttpRequest, given_by: Mapping[str, Any]) -> int | None:
    rows = Series.objects.filter(slug=given_by["slug"])
    return rows.values_list("newsletter_id", flat=True).first()


def _moved(request: HttpRequest, given_by: Mapping[str, Any]) -> int | None:
    return _slug(request.POST.get("newsletter", "")[:80])


def _asked(request: HttpRequest, given_by: Mapping[str, Any]) -> int | None:
    return _edition(request, {"public_id": request.POST.get("edition", "")})


def _lookup(request: HttpRequest, given_by: Mapping[str, Any]) -> int | None:
    rows = AddressLookup.objects.filter(public_id=given.uuid(str(given_by["public_id"])))
    return _edition(request, {"public_id": rows.values_list("edition", flat=True).first() or ""})


def _send(request: HttpRequest, given_by: Mapping[str, Any]) -> int | None:
    send = Send.objects.filter(pk=int(given_by["send_id"]), kind=Send.Kind.EDITION).first()
    if send is None:
        return None
    rows = Edition.objects.filter(pk=send.source_id)
    return rows.values_list("newsletter_id", flat=True).first()


def _slug(slug: str) -> int | None:
    return Newsletter.objects.filter(slug=slug).values_list("pk", flat=True).first()


_OF: dict[str, _Of] = {
    **dict.fromkeys(
        ("move", "pin", "kill", "revive", "reword", "retitle", "add", "refill", "undo", "test",
         "decide", "later", "later-settle", "correct"),
        _edition,
    ),
    **dict.fromkeys(
        ("newsletter", "newsletter-compose", "newsletter-sponsors", "newsletter-sponsor-cancel"),
        _newsletter,
    ),
    "series-one": _series,
    "series-run": _series,
    "calendar-move": _moved,
    "by-address": _asked,
    "lookup-again": _lookup,
    "lookup-confirm": _lookup,
    "send-act": _send,
}  # fmt: skip
OF_NEWSLETTERS = frozenset(_OF)


def is_theirs(request: HttpRequest, member: Member, given_by: Mapping[str, Any]) -> bool:
    """Whether the form that is posted is within the member's scope."""
    name = request.resolver_match.url_name if request.resolver_match else ""
    if member.scope is None or name in READS:
        return True
    of = _OF.get(name or "")
    return of is not None and within(member.scope, of(request, given_by))


def names_of(scope: list[int] | None) -> str:
    """The newsletters of a scope in words."""
    if scope is None:
        return "all newsletters"
    names = Newsletter.objects.filter(pk__in=scope).order_by("name").values_list("name", flat=True)
    return " and ".join(names) or "no newsletter"
