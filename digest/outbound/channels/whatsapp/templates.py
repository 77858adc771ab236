"""What Meta has said of our templates: their category and whether they may be sent (pure).

Learned from webhooks, kept as facts of the channel, ``category:<name>:<language>`` and
``status:<name>:<language>``. Shapes: Meta's webhooks ``message_template_status_update`` and
``template_category_update``; of the latter one announces a change (``new_category`` is then the
one that still holds), and one, with ``previous_category``, says that it has happened.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from digest.outbound.channels.report import mapping, text

MARKETING = "MARKETING"
# The name of the fact that nothing gets through, for as long as it says.
HALT = "halt"
_OF_OURS = {"confirm": "UTILITY"}
# Messages of such templates are refused (132015, 132016, 132001).
_STOPPED = {
    "PAUSED": "has paused it for its quality",
    "DISABLED": "has disabled it",
    "REJECTED": "has rejected it",
    "DELETED": "has deleted it",
    "PENDING_DELETION": "is about to delete it",
    "ARCHIVED": "has archived it, for it was not used",
    "LOCKED": "has locked it",
}


@dataclass(frozen=True, slots=True)
class TemplateStanding:
    """A template's ``category``, and why it cannot be sent; empty when it can."""

    category: str
    stopped: str = ""


def standing(
    facts: Mapping[str, Mapping[str, Any]], name: str, language: str
) -> TemplateStanding:  # fmt: skip
    """How a template stands by what was learned; by what we submitted it as otherwise."""
    category = text(facts.get(f"category:{name}:{language}", {}).get("category"))
    told = facts.get(f"status:{name}:{language}", {})
    why = _STOPPED.get(text(told.get("status")), "")
    reason = text(told.get("reason"))
    if why and reason and reason != "NONE":
        why = f"{why} ({reason})"
    return TemplateStanding(category or _OF_OURS.get(name, MARKETING), why)


def halted(facts: Mapping[str, Mapping[str, Any]], now: float) -> str:
    """Why nothing gets through at ``now`` (Unix time), as a status said; else empty."""
    told = facts.get(HALT, {})
    until = told.get("until")
    return text(told.get("words")) if isinstance(until, int | float) and until > now else ""


def learned(kind: str, value: Mapping[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """The fact in a template's webhook: its name and what it says; None when it says none."""
    of = _named(value)
    if not of:
        return None
    if kind == "message_template_status_update":
        status = text(value.get("event"))
        reason = text(value.get("reason")) or text(mapping(value.get("other_info")).get("title"))
        return (f"status:{of}", {"status": status, "reason": reason}) if status else None
    if kind == "template_category_update":
        category = text(value.get("new_category"))
        # Without the previous one it is a change to come, and the category named still holds.
        done = bool(text(value.get("previous_category")))
        return (f"category:{of}", {"category": category}) if done and category else None
    return None


def _named(value: Mapping[str, Any]) -> str:
    name, language = (text(value.get(f"message_template_{part}")) for part in ("name", "language"))
    return f"{name[:100]}:{language[:20]}" if name and language else ""
