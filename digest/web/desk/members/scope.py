"""Whose newsletter a form of the desk changes: who has a few alone changes nothing else.

Whoever has a scope sees everything. What belongs to no newsletter (alerts, topics, feeds, readers,
members) is everybody's, and so not theirs to change; a path that is not named here is refused.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest

from digest.audience.models.notes import Series
from digest.intake.articles.by_address.models import AddressLookup
from digest.kit import clock
from digest.newsdesk.editions.models import Edition
from digest.newsdesk.newsletters.models import Newsletter
from digest.outbound.delivery.models import Send
from digest.outbound.delivery.planning import hand_posts
from digest.staff.access import within
from digest.staff.members import Member
from digest.web.desk import given

_Of = Callable[[HttpRequest, Mapping[str, Any]], int | None]

READS = frozenset({"readers", "audit", "reader-gets"})
"""Pages whose forms only ask, and change nothing."""


def _edition(request: HttpRequest, given_by: Mapping[str, Any]) -> int | None:
    rows = Edition.objects.filter(public_id=given.uuid(str(given_by["public_id"])))
    return rows.values_list("newsletter_id", flat=True).first()


def _newsletter(request: HttpRequest, given_by: Mapping[str, Any]) -> int | None:
    return _slug(str(given_by["slug"]))


def _series(request: HttpRequest, given_by: Mapping[str, Any]) -> int | None:
    rows = Series.objects.filter(slug=given_by["slug"])
    return rows.values_list("newsletter_id", flat=True).first()


def _begins(request: HttpRequest, given_by: Mapping[str, Any]) -> int | None:
    """Whose a series is to be: a form may name another newsletter than it is of."""
    if request.method != "POST":
        return _series(request, given_by)
    kind, _, slug = request.POST.get("begins_with", "")[:120].partition(":")
    return _slug(slug) if kind == "newsletters" else None


def _moved(request: HttpRequest, given_by: Mapping[str, Any]) -> int | None:
    return _slug(request.POST.get("newsletter", "")[:80])


def _asked(request: HttpRequest, given_by: Mapping[str, Any]) -> int | None:
    asked = request.POST if request.method == "POST" else request.GET
    return _edition(request, {"public_id": asked.get("edition", "")})


def _lookup(request: HttpRequest, given_by: Mapping[str, Any]) -> int | None:
    rows = AddressLookup.objects.filter(public_id=given.uuid(str(given_by["public_id"])))
    return _edition(request, {"public_id": rows.values_list("edition", flat=True).first() or ""})


def _send(request: HttpRequest, given_by: Mapping[str, Any]) -> int | None:
    send = Send.objects.filter(pk=int(given_by["send_id"]), kind=Send.Kind.EDITION).first()
    if send is None:
        return None
    rows = Edition.objects.filter(pk=send.source_id)
    return rows.values_list("newsletter_id", flat=True).first()


def _post(request: HttpRequest, given_by: Mapping[str, Any]) -> int | None:
    return hand_posts.newsletter_of(request.POST.get("post", "")[:100], now=clock.now())


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
    **dict.fromkeys(("lookup", "lookup-sent", "lookup-again"), _lookup),
    "lookup-confirm": _lookup,
    "send-act": _send,
    "post-posted": _post,
}  # fmt: skip
_AND_TO: dict[str, _Of] = {"series-one": _begins}
OF_NEWSLETTERS = frozenset(_OF)


def is_theirs(request: HttpRequest, member: Member, given_by: Mapping[str, Any]) -> bool:
    """Whether the form that is posted, or the forms of the page asked for, are in their scope."""
    name = (request.resolver_match.url_name if request.resolver_match else "") or ""
    if member.scope is None or name in READS:
        return True
    found = [of[name] for of in (_OF, _AND_TO) if name in of]
    return bool(found) and all(within(member.scope, of(request, given_by)) for of in found)


def names_of(scope: list[int] | None) -> str:
    """The newsletters of a scope in words."""
    if scope is None:
        return "all newsletters"
    names = Newsletter.objects.filter(pk__in=scope).order_by("name").values_list("name", flat=True)
    return " and ".join(names) or "no newsletter"
