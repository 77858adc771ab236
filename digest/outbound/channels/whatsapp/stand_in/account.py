"""The templates of the stand-in's account: created, edited, listed, reviewed as Meta does it.

https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates and its
pages on editing (an approved template once a day and ten times in thirty, its category not at all)
and on supported languages; subcodes as the API gives them. For components see :mod:`~.components`.
"""

import re
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from digest.outbound.channels.whatsapp import templates
from digest.outbound.channels.whatsapp.account import as_components
from digest.outbound.channels.whatsapp.own_templates import on_site
from digest.outbound.channels.whatsapp.stand_in.components import (
    checked,
    handle_in,
    invalid,
    only,
)
from digest.outbound.channels.whatsapp.stand_in.shapes import Fault

ACCOUNT_ID = "100000000000009"
CATEGORIES = ("AUTHENTICATION", "MARKETING", "UTILITY")
LANGUAGES = frozenset({
    "af", "sq", "ar", "az", "bn", "bg", "ca", "zh_CN", "zh_HK", "zh_TW", "hr", "cs", "da", "nl",
    "en", "en_GB", "en_US", "et", "fil", "fi", "fr", "ka", "de", "el", "gu", "ha", "he", "hi",
    "hu", "id", "ga", "it", "ja", "kn", "kk", "rw_RW", "ko", "ky_KG", "lo", "lv", "lt", "mk",
    "ms", "ml", "mr", "nb", "fa", "pl", "pt_BR", "pt_PT", "pa", "ro", "ru", "sr", "sk", "sl",
    "es", "es_AR", "es_ES", "es_MX", "sw", "sv", "ta", "te", "th", "tr", "uk", "ur", "uz", "vi",
    "zu",
})  # fmt: skip
_NAME = re.compile(r"[a-z0-9_]{1,512}")
_EDITABLE = {"APPROVED", "REJECTED", "PAUSED"}
_MOST_NAMES, _MOST_AN_HOUR = 250, 100
_DAY = 86_400.0


@dataclass
class StoredTemplate:
    """One template in one language. ``edits`` are the moments at which it was edited."""

    id: str
    name: str
    language: str
    category: str
    components: list[dict[str, Any]]
    status: str = "PENDING"
    reason: str = "NONE"
    quality: str = "UNKNOWN"
    edits: list[float] = field(default_factory=list)

    @property
    def body(self) -> str:
        """The text of its body."""
        return next(str(each["text"]) for each in self.components if each["type"] == "BODY")

    @property
    def header(self) -> str:
        """What its header holds: TEXT, IMAGE, VIDEO, DOCUMENT or LOCATION; empty without one."""
        found = (str(each["format"]) for each in self.components if each["type"] == "HEADER")
        return next(found, "").upper()

    @property
    def buttons(self) -> list[dict[str, Any]]:
        """Its buttons, in their order."""
        found = (each["buttons"] for each in self.components if each["type"] == "BUTTONS")
        return list(next(found, []))

    def listed(self) -> dict[str, Any]:
        """As Meta lists it."""
        return {
            "id": self.id,
            "name": self.name,
            "language": self.language,
            "status": self.status,
            "category": self.category,
            "rejected_reason": self.reason,
            "quality_score": {"score": self.quality},
            "components": self.components,
        }


@dataclass
class TemplateStore:
    """All of one account. ``being_deleted``: names that cannot be used yet; ``handles``: those
    of files that were uploaded, with their kind.
    """

    clock: Callable[[], float] = time.time
    kept: dict[tuple[str, str], StoredTemplate] = field(default_factory=dict)
    being_deleted: set[str] = field(default_factory=set)
    handles: dict[str, str] = field(default_factory=dict)
    created: deque[float] = field(default_factory=deque)

    @classmethod
    def of_ours(cls, site: str = "") -> "TemplateStore":
        """All of ours for a newsroom on ``site``, approved."""
        store = cls()
        for own in on_site(site):
            parts = as_components(own, "4::a-sample")
            made = StoredTemplate(
                secrets.token_hex(6), own.name, own.language, own.category, parts, "APPROVED"
            )
            store.kept[own.name, own.language] = made
        return store

    def create(self, told: dict[str, Any]) -> dict[str, Any]:
        """``POST /{account}/message_templates``. Raises :class:`~.shapes.Fault`."""
        only(
            told,
            {"name", "language", "category", "components", "parameter_format"}
            | {"allow_category_change", "message_send_ttl_seconds"},
        )
        name, language = told.get("name"), told.get("language")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise invalid("name: lower-case letters, digits and _, at most 512")
        if language not in LANGUAGES:
            raise invalid("language: not one of the supported languages")
        category = _category(told.get("category"))
        components = checked(told.get("components"), told.get("parameter_format", "POSITIONAL"))
        self._sampled(components)
        self._room_for(name, language)
        made = StoredTemplate(
            str(secrets.randbelow(10**15) + 10**15), name, language, category, components
        )
        self.kept[name, language] = made
        self.created.append(self.clock())
        return {"id": made.id, "status": made.status, "category": made.category}

    def edit(self, template_id: str, told: dict[str, Any]) -> dict[str, Any]:
        """``POST /{template}``; it is reviewed again. Raises :class:`~.shapes.Fault`."""
        only(told, {"category", "components", "parameter_format", "message_send_ttl_seconds"})
        found = self.by_id(template_id)
        if found.status not in _EDITABLE:
            raise invalid(f"A template that is {found.status} cannot be edited")
        if "category" in told:
            category = _category(told["category"])
            if category != found.category and found.status == "APPROVED":
                raise invalid("The category of an approved template cannot be edited")
            found.category = category
        if found.status == "APPROVED":
            lately = [at for at in found.edits if at > self.clock() - 30 * _DAY]
            if len(lately) >= 10 or (lately and lately[-1] > self.clock() - _DAY):
                raise invalid("An approved template is edited once a day, ten times in 30 days")
        if "components" in told:
            form = told.get("parameter_format", "POSITIONAL")
            components = checked(told["components"], form)
            self._sampled(components)
            found.components = components
        found.edits.append(self.clock())
        found.status, found.reason = "PENDING", "NONE"
        return {"success": True}

    def page(self, limit: int, after: str) -> dict[str, Any]:
        """``GET /{account}/message_templates``."""
        rows = list(self.kept.values())
        start = int(after) if after.isdecimal() else 0
        page: dict[str, Any] = {"data": [each.listed() for each in rows[start : start + limit]]}
        end = start + limit
        page["paging"] = {"cursors": {"before": str(start), "after": str(end)}}
        if end < len(rows):
            page["paging"]["next"] = f"https://graph.facebook.com/?after={end}"
        return page

    def by_id(self, template_id: str) -> StoredTemplate:
        """Raises :class:`~.shapes.Fault` for an id that is none."""
        found = next((each for each in self.kept.values() if each.id == template_id), None)
        if found is None:
            details = f"Object with ID '{template_id}' does not exist"
            raise Fault(100, f"Unsupported post request. {details}", 400, subcode=33)
        return found

    def sendable(self, name: object, language: object) -> StoredTemplate:
        """The template that a message names. Raises :class:`~.shapes.Fault`."""
        found = self.kept.get((str(name), str(language)))
        if found is None or found.status in {"REJECTED", "PENDING", "ARCHIVED", "DELETED"}:
            raise Fault(132001, f"Template name ({name}) does not exist in the translation", 404)
        if found.status in {"PAUSED", "DISABLED"}:
            code = 132015 if found.status == "PAUSED" else 132016
            raise Fault(code, f"Template is {found.status.lower()}")
        return found

    def marketing(self) -> set[str]:
        """The names that must come by /marketing_messages."""
        return {
            name for (name, _), each in self.kept.items() if each.category == templates.MARKETING
        }

    def _sampled(self, components: list[dict[str, Any]]) -> None:
        """A sample was uploaded before, and is what its header is to hold."""
        for each in components:
            if each["type"] != "HEADER" or not (handle := handle_in(each)):
                continue
            kind = self.handles.get(handle)
            if kind is None:
                raise invalid("header: header_handle is none of an uploaded file")
            if str(each["format"]).upper() == "IMAGE" and not kind.startswith("image/"):
                raise invalid(f"header: an IMAGE, and its sample is {kind}")

    def _room_for(self, name: str, language: str) -> None:
        if name in self.being_deleted:
            raise invalid("New content cannot be added while it is being deleted", 2388023)
        if (name, language) in self.kept:
            raise invalid(f"There is already {language} content for this template", 2388024)
        if len({each for each, _ in self.kept} | {name}) > _MOST_NAMES:
            raise invalid("The account holds as many templates as it may", 2388019)
        while self.created and self.created[0] < self.clock() - 3600:
            self.created.popleft()
        if len(self.created) >= _MOST_AN_HOUR:
            raise Fault(80008, "There have been too many calls to this WhatsApp account", 400)


def _category(given: Any) -> str:
    category = str(given).upper()
    if category not in CATEGORIES:
        raise invalid(f"category must be one of {', '.join(CATEGORIES)}")
    return category
