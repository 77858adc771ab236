"""The exports of other products, recognised by their columns and told in ours (pure).

Each says of a reader what it knows: since when they consented, what they followed (tags, labels),
and how they stand. The columns are those that the products document or write: Mailchimp's audience
export (one file each for subscribed, unsubscribed and cleaned), Substack's email list, Ghost's
members, listmonk's subscribers, and Beehiiv's subscriptions by the names of its API.
"""

import csv
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

Cells = dict[str, str]

SUBSCRIBED, UNSUBSCRIBED, BOUNCED, COMPLAINED, PENDING = (
    "subscribed", "unsubscribed", "bounced", "complained", "pending",
)  # fmt: skip
STATUSES = (SUBSCRIBED, UNSUBSCRIBED, BOUNCED, COMPLAINED, PENDING)
_TRUE = frozenset({"true", "yes", "1", "t", "y"})


@dataclass(frozen=True, slots=True)
class Product:
    """``told`` gives a line of its export in our columns; ``is_export`` knows it by its columns."""

    name: str
    is_export: Callable[[frozenset[str]], bool]
    told: Callable[[Cells], Cells]


def recognise(columns: Collection[str]) -> Product | None:
    """Whose export has these ``columns`` (in lower case); None for our own and unknown ones."""
    known = frozenset(columns)
    return next((each for each in PRODUCTS if each.is_export(known)), None)


def labels(text: str) -> tuple[str, ...]:
    """The names in a cell of tags: quoted or not, separated by commas or semicolons."""
    text = text.strip()
    if text.startswith("["):
        found = _document(text)
        if isinstance(found, list):
            return tuple(str(each).strip() for each in found if str(each).strip())
    # One line, or the reader refuses it: a name broken into two is one name.
    line = " ".join(text.split()).replace(";", ",")
    row = next(csv.reader([line], skipinitialspace=True), [])
    return tuple(each.strip() for each in row if each.strip())


def _document(text: str) -> Any:
    """The JSON that ``text`` is; None for any other, or one nested deeper than anybody writes."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _mailchimp(cells: Cells) -> Cells:
    status, ended = SUBSCRIBED, ""
    if any(cells.get(each) for each in ("unsub_time", "unsub_reason", "unsub_campaign_id")):
        status, ended = UNSUBSCRIBED, cells.get("unsub_time", "")
    elif any(cells.get(each) for each in ("clean_time", "clean_campaign_id")):
        status, ended = BOUNCED, cells.get("clean_time", "")
    return {
        "address": cells.get("email address", ""),
        "status": status,
        "consented_at": cells.get("confirm_time") or cells.get("optin_time", ""),
        "ended_at": ended,
        "labels": cells.get("tags", ""),
        # Its zones are IANA's; what is none says nothing of the reader's hour.
        "time_zone": cells.get("timezone", ""),
    }


def _substack(cells: Cells) -> Cells:
    off = cells.get("email_disabled", "").lower() in _TRUE
    return {
        "address": cells.get("email", ""),
        "status": UNSUBSCRIBED if off else SUBSCRIBED,
        "consented_at": cells.get("created_at", ""),
        "labels": cells.get("plan", ""),
    }


def _ghost(cells: Cells) -> Cells:
    gets = cells.get("subscribed_to_emails", "").lower() in _TRUE and not cells.get("deleted_at")
    return {
        "address": cells.get("email", ""),
        "status": SUBSCRIBED if gets else UNSUBSCRIBED,
        "consented_at": cells.get("created_at", ""),
        "ended_at": cells.get("deleted_at", ""),
        "labels": ",".join(filter(None, (cells.get("labels"), cells.get("tiers")))),
    }


_LISTMONK = {"enabled": SUBSCRIBED, "disabled": UNSUBSCRIBED, "blocklisted": UNSUBSCRIBED}


def _listmonk(cells: Cells) -> Cells:
    status = cells.get("status", "").lower()
    known = _document(cells.get("attributes") or "{}")
    given = known.get("lists") or known.get("tags") or [] if isinstance(known, dict) else []
    return {
        "address": cells.get("email", ""),
        "status": _LISTMONK.get(status, status),
        "consented_at": cells.get("created_at", ""),
        "labels": json.dumps(given) if isinstance(given, list) else str(given),
    }


_BEEHIIV = {
    "active": SUBSCRIBED, "inactive": UNSUBSCRIBED, "unsubscribed": UNSUBSCRIBED,
    "pending": PENDING, "validating": PENDING, "needs_attention": PENDING, "invalid": BOUNCED,
}  # fmt: skip


def _beehiiv(cells: Cells) -> Cells:
    status = cells.get("status", "").lower().replace(" ", "_")
    return {
        "address": cells.get("email", ""),
        "status": _BEEHIIV.get(status, status),
        "consented_at": cells.get("created_at") or cells.get("created", ""),
        "ended_at": cells.get("unsubscribed_at", ""),
        "labels": cells.get("tags", ""),
    }


_OF_BEEHIIV = frozenset(
    {"subscription_tier", "tier", "utm_source", "utm_channel", "referral_code", "referring_site"}
)
PRODUCTS = (
    Product(
        "Mailchimp",
        lambda known: (
            "email address" in known
            and bool(known & {"optin_time", "confirm_time", "leid", "euid", "member_rating"})
        ),
        _mailchimp,
    ),
    Product("Substack", lambda known: {"email", "email_disabled"} <= known, _substack),
    Product("Ghost", lambda known: {"email", "subscribed_to_emails"} <= known, _ghost),
    Product(
        "listmonk", lambda known: {"uuid", "email", "attributes", "status"} <= known, _listmonk
    ),
    Product(
        "Beehiiv",
        lambda known: {"email", "status"} <= known and bool(known & _OF_BEEHIIV),
        _beehiiv,
    ),
)
