"""What Meta has said of our templates: their category and whether they may be sent (pure).

Learned from webhooks and from Meta's list, kept as facts of the channel, named
``<what>:<name>:<language>``, for the category, the status, the quality, the id, and the address of
a button. Shapes: Meta's webhooks ``message_template_status_update``, ``template_category_update``,
``message_template_quality_update`` and ``message_template_components_update``; of the second one
announces a change (``new_category`` is then the one that still holds), and one, with
``previous_category``, says that it has happened.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from digest.outbound.channels.provider_templates import Facts, FoundTemplate
from digest.outbound.channels.report import mapping, text
from digest.outbound.channels.whatsapp import button

MARKETING = "MARKETING"
# The name of the fact that nothing gets through, for as long as it says.
HALT = "halt"
# What answers somebody's own act; the rest is news.
_OF_OURS = {"confirm": "UTILITY", "service": "UTILITY"}
# Messages of such templates are refused (132015, 132016, 132001).
STOPPED = {
    "PAUSED": "has paused it for its quality",
    "DISABLED": "has disabled it",
    "REJECTED": "has rejected it",
    "DELETED": "has deleted it",
    "PENDING_DELETION": "is about to delete it",
    "ARCHIVED": "has archived it, for it was not used",
    "LOCKED": "has locked it",
}
# Meta takes messages of these.
USABLE = frozenset({"APPROVED", "REINSTATED", "UNARCHIVED", "FLAGGED", "ACTIVE"})
_SAYS_NOTHING = {"", "NONE"}
OTHERWISE = "en"
# Which template says the same with a button in place of the link in its words, and which one with a
# picture above them besides.
WITH_BUTTON = {"alert": "alert_button"}
WITH_PICTURE = {"alert": "alert_picture"}


@dataclass(frozen=True, slots=True)
class TemplateStanding:
    """A template's ``category``, and why it cannot be sent; empty when it can."""

    category: str
    stopped: str = ""
    status: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ChosenTemplate:
    """What goes out: a template, in a language. ``suffix`` ends the address of its button, and
    ``picture`` is the link of what stands above its words; a template without one has none.
    """

    name: str
    language: str
    suffix: str = ""
    picture: str = ""


def submitted_as(name: str) -> str:
    """The category that we ask for."""
    return _OF_OURS.get(name, MARKETING)


def standing(facts: Facts, name: str, language: str) -> TemplateStanding:
    """How a template stands by what was learned; by what we submitted it as otherwise."""
    category = text(facts.get(f"category:{name}:{language}", {}).get("category"))
    told = facts.get(f"status:{name}:{language}", {})
    status, reason = text(told.get("status")), text(told.get("reason"))
    reason = "" if reason in _SAYS_NOTHING else reason
    why = STOPPED.get(status, "")
    if why and reason:
        why = f"{why} ({reason})"
    return TemplateStanding(category or submitted_as(name), why, status, reason)


def sent_in(facts: Facts, name: str, wanted: str, newsroom: str) -> str:
    """The language in which a template goes out: the wanted one where Meta has approved it, else
    the newsroom's, else English. Where nothing is known of any, the newsroom's.
    """
    return chosen(facts, name, wanted, newsroom).language


def chosen(
    facts: Facts, name: str, wanted: str, newsroom: str, *, link: str = "", picture: str = ""
) -> ChosenTemplate:
    """The template for words of ``name``, in the language of :func:`sent_in`; the one with a
    button where Meta has approved that in this language for an address that leads to ``link``, and
    of these the one with a ``picture`` where there is one.

    The address is the one that Meta has approved, whatever the settings say by now: what is sent
    ends that one.
    """
    ours = dict.fromkeys(each for each in (newsroom, OTHERWISE) if each)
    others = [(WITH_PICTURE.get(name, ""), picture)] if picture else []
    others.append((WITH_BUTTON.get(name, ""), ""))
    for each in dict.fromkeys((wanted, *ours)):
        for other, above in others:
            suffix = _suffix(facts, other, each, link)
            if suffix:
                return ChosenTemplate(other, each, suffix, above)
        if standing(facts, name, each).status in USABLE:
            return ChosenTemplate(name, each)
    open_ones = (each for each in ours if not standing(facts, name, each).stopped)
    return ChosenTemplate(name, next(open_ones, newsroom))


def _suffix(facts: Facts, name: str, language: str, link: str) -> str:
    """How the address of a template's button ends that leads to ``link``; empty for one that may
    not be sent, or leads elsewhere.
    """
    if not name or not link or standing(facts, name, language).status not in USABLE:
        return ""
    return button.suffix_of(link, button.beginning(address(facts, name, language)))


def address(facts: Facts, name: str, language: str) -> str:
    """That of a template's button as Meta has it; empty without one, and where it is not known."""
    return text(facts.get(f"button:{name}:{language}", {}).get("address"))


def doubted(facts: Facts, choice: ChosenTemplate) -> Facts:
    """``facts`` without a template that Meta has just refused, whatever it said of it before."""
    return {**facts, f"status:{choice.name}:{choice.language}": {"status": "REFUSED"}}


def halted(facts: Facts, now: float) -> str:
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
    if kind == "message_template_quality_update":
        quality = text(value.get("new_quality_score"))
        return (f"quality:{of}", {"quality": quality}) if quality else None
    if kind == "message_template_components_update" and _may_have_button(of):
        return f"button:{of}", {"address": button.in_webhook(value)}
    return None


def listed(found: Iterable[FoundTemplate]) -> dict[str, dict[str, Any]]:
    """Meta's list as the same facts."""
    facts: dict[str, dict[str, Any]] = {}
    for each in found:
        of = f"{each.name}:{each.language}"
        if each.status:
            facts[f"status:{of}"] = {"status": each.status, "reason": each.reason or "NONE"}
        for what, value in (
            ("category", each.category),
            ("quality", each.quality),
            ("id", each.provider_id),
        ):
            if value:
                facts[f"{what}:{of}"] = {what: value}
        if each.button is not None and _may_have_button(of):
            facts[f"button:{of}"] = {"address": each.button}
    return facts


def _may_have_button(of: str) -> bool:
    return of.partition(":")[0] in {*WITH_BUTTON.values(), *WITH_PICTURE.values()}


def _named(value: Mapping[str, Any]) -> str:
    name, language = (text(value.get(f"message_template_{part}")) for part in ("name", "language"))
    return f"{name[:100]}:{language[:20]}" if name and language else ""
