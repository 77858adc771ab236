"""The templates of the stand-in's account: created, edited, listed, reviewed as Meta does it.

https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates and its
pages on components, on editing (an approved template once a day and ten times in thirty, its
category not at all) and on supported languages; subcodes as the API gives them. The bound on
slots against words (2388293) is not in the reference, only in its answers: words without slots
must be more than twice the slots.
"""

import re
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from digest.outbound.channels.whatsapp import slots, templates
from digest.outbound.channels.whatsapp.own_templates import TEMPLATES
from digest.outbound.channels.whatsapp.stand_in.shapes import Fault
from digest.outbound.messages.fit import units

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
_SLOT = re.compile(r"\{\{(.*?)\}\}")
_NAMED = re.compile(r"[a-z0-9_]+")
_KINDS = {"HEADER", "BODY", "FOOTER", "BUTTONS"}
_EDITABLE = {"APPROVED", "REJECTED", "PAUSED"}
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
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
    """All of one account. ``being_deleted`` are names that cannot be used yet."""

    clock: Callable[[], float] = time.time
    kept: dict[tuple[str, str], StoredTemplate] = field(default_factory=dict)
    being_deleted: set[str] = field(default_factory=set)
    created: deque[float] = field(default_factory=deque)

    @classmethod
    def of_ours(cls) -> "TemplateStore":
        """All of ours, approved."""
        store = cls()
        for own in TEMPLATES.ours():
            components = [{"type": "BODY", "text": own.body}]
            made = StoredTemplate(
                secrets.token_hex(6), own.name, own.language, own.category, components, "APPROVED"
            )
            store.kept[own.name, own.language] = made
        return store

    def create(self, told: dict[str, Any]) -> dict[str, Any]:
        """``POST /{account}/message_templates``. Raises :class:`~.shapes.Fault`."""
        _only(
            told,
            {"name", "language", "category", "components", "parameter_format"}
            | {"allow_category_change", "message_send_ttl_seconds"},
        )
        name, language = told.get("name"), told.get("language")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise _invalid("name: lower-case letters, digits and _, at most 512")
        if language not in LANGUAGES:
            raise _invalid("language: not one of the supported languages")
        category = _category(told.get("category"))
        components = checked(told.get("components"), told.get("parameter_format", "POSITIONAL"))
        self._room_for(name, language)
        made = StoredTemplate(
            str(secrets.randbelow(10**15) + 10**15), name, language, category, components
        )
        self.kept[name, language] = made
        self.created.append(self.clock())
        return {"id": made.id, "status": made.status, "category": made.category}

    def edit(self, template_id: str, told: dict[str, Any]) -> dict[str, Any]:
        """``POST /{template}``; it is reviewed again. Raises :class:`~.shapes.Fault`."""
        _only(told, {"category", "components", "parameter_format", "message_send_ttl_seconds"})
        found = self.by_id(template_id)
        if found.status not in _EDITABLE:
            raise _invalid(f"A template that is {found.status} cannot be edited")
        if "category" in told:
            category = _category(told["category"])
            if category != found.category and found.status == "APPROVED":
                raise _invalid("The category of an approved template cannot be edited")
            found.category = category
        if found.status == "APPROVED":
            lately = [at for at in found.edits if at > self.clock() - 30 * _DAY]
            if len(lately) >= 10 or (lately and lately[-1] > self.clock() - _DAY):
                raise _invalid("An approved template is edited once a day, ten times in 30 days")
        if "components" in told:
            form = told.get("parameter_format", "POSITIONAL")
            found.components = checked(told["components"], form)
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

    def _room_for(self, name: str, language: str) -> None:
        if name in self.being_deleted:
            raise _invalid("New content cannot be added while it is being deleted", 2388023)
        if (name, language) in self.kept:
            raise _invalid(f"There is already {language} content for this template", 2388024)
        if len({each for each, _ in self.kept} | {name}) > _MOST_NAMES:
            raise _invalid("The account holds as many templates as it may", 2388019)
        while self.created and self.created[0] < self.clock() - 3600:
            self.created.popleft()
        if len(self.created) >= _MOST_AN_HOUR:
            raise Fault(80008, "There have been too many calls to this WhatsApp account", 400)


def checked(given: Any, form: str) -> list[dict[str, Any]]:
    """The components, in capitals. Raises :class:`~.shapes.Fault`."""
    if not isinstance(given, list) or not given:
        raise _invalid("components: a list that is not empty")
    components: list[dict[str, Any]] = []
    for each in given:
        kind = str(each.get("type", "")).upper() if isinstance(each, dict) else ""
        if kind not in _KINDS:
            raise _invalid("components: type must be one of HEADER, BODY, FOOTER, BUTTONS")
        if kind in {one["type"] for one in components}:
            raise _invalid(f"components: two of {kind}")
        _CHECKS[kind](each, form)
        components.append(each | {"type": kind})
    if "BODY" not in {each["type"] for each in components}:
        raise _invalid("components: a BODY is missing")
    return components


def _body(given: dict[str, Any], form: str) -> None:
    _only(given, {"type", "text", "example"})
    said = _text(given, 1024)
    if re.search(r"\n{3,}", said):
        raise _invalid("The body may not hold more than two line breaks in a row")
    found = _slots(said, form)
    if said.startswith("{{") or said.endswith("}}"):
        raise _invalid("Variables can't be at the start or end of the template", 2388299)
    if re.search(r"\}\}\s*\{\{", said):
        raise _invalid("Variables may not stand beside each other", 2388043)
    if found and _words(said) <= 2 * len(found):
        raise _invalid("There are too many variables for its length", 2388293)
    if found:
        _sampled(given.get("example"), found, form)


def _sampled(example: Any, found: list[str], form: str) -> None:
    told = example if isinstance(example, dict) else {}
    if form == "NAMED":
        given = told.get("body_text_named_params")
        names = (
            {str(each.get("param_name")) for each in given} if isinstance(given, list) else set()
        )
        fits = names == set(found) and all(each.get("example") for each in given or ())
    else:
        rows = told.get("body_text")
        row = rows[0] if isinstance(rows, list) and len(rows) == 1 else None
        fits = isinstance(row, list) and len(row) == len(found)
        fits = fits and all(isinstance(each, str) and each.strip() for each in row or ())
    if not fits:
        raise _invalid("Sample values are missing: one for each variable of the body", 2388043)


def _header(given: dict[str, Any], form: str) -> None:
    _only(given, {"type", "format", "text", "example"})
    kind = str(given.get("format", "")).upper()
    if kind not in {"TEXT", "IMAGE", "VIDEO", "DOCUMENT", "LOCATION"}:
        raise _invalid("header: format must be one of TEXT, IMAGE, VIDEO, DOCUMENT, LOCATION")
    if kind != "TEXT":
        handle = given.get("example", {})
        if kind != "LOCATION" and not (isinstance(handle, dict) and handle.get("header_handle")):
            raise _invalid("header: a sample is missing (header_handle)", 2388043)
        return
    said = _text(given, 60)
    if len(_slots(said, form)) > 1:
        raise _invalid("header: one variable at most", 2388047)
    if re.search(r"[*_~`\n]", _SLOT.sub("", said)):
        raise _invalid("header: no line break, no marks", 2388047)


def _footer(given: dict[str, Any], form: str) -> None:
    _only(given, {"type", "text"})
    if _SLOT.search(_text(given, 60)):
        raise _invalid("footer: it holds no variables", 2388072)


def _buttons(given: dict[str, Any], form: str) -> None:
    _only(given, {"type", "buttons"})
    buttons = given.get("buttons")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 10:
        raise _invalid("buttons: one to ten of them")
    for each in buttons:
        kind = str(each.get("type", "")).upper() if isinstance(each, dict) else ""
        if kind not in {"URL", "QUICK_REPLY", "PHONE_NUMBER", "COPY_CODE"}:
            raise _invalid("buttons: type must be one of URL, QUICK_REPLY, PHONE_NUMBER, COPY_CODE")
        _text(each, 25)
        if kind != "URL":
            continue
        url = each.get("url")
        if not isinstance(url, str) or not re.match(r"https?://", url) or len(url) > 2000:
            raise _invalid("buttons: url must be an address of at most 2,000 characters")
        if "{{" in url and (not url.endswith("{{1}}") or url.count("{{") > 1):
            raise _invalid("buttons: one variable, at the end of the url")
        if "{{" in url and not each.get("example"):
            raise _invalid("buttons: a sample is missing", 2388043)


_CHECKS = {"BODY": _body, "HEADER": _header, "FOOTER": _footer, "BUTTONS": _buttons}


def _text(given: dict[str, Any], limit: int) -> str:
    said = given.get("text")
    if not isinstance(said, str) or not said.strip():
        raise _invalid("text is missing")
    if units(said) > limit:
        raise _invalid(f"text: {limit} characters at most", 2388040)
    return said


def _slots(said: str, form: str) -> list[str]:
    """The slots of a text in their order. Raises :class:`~.shapes.Fault`."""
    found = [each.strip() for each in _SLOT.findall(said)]
    if said.count("{{") != len(found) or said.count("}}") != len(found):
        raise _invalid("Variables are written {{1}}", 2388043)
    if form == "NAMED":
        if any(not _NAMED.fullmatch(each) or each.isdecimal() for each in found):
            raise _invalid("Named variables are of lower-case letters, digits and _", 2388043)
        return found
    if found != [str(number) for number in range(1, len(found) + 1)]:
        raise _invalid("Variables are numbered from {{1}}, in order, without a gap", 2388043)
    return found


def _words(said: str) -> int:
    """Words without the slots; scripts without spaces have one in two characters."""
    rest = _SLOT.sub(" ", said)
    unspaced = len(_UNSPACED.findall(rest))
    return len(re.findall(r"\w+", _UNSPACED.sub(" ", rest))) + unspaced // 2


def _category(given: Any) -> str:
    category = str(given).upper()
    if category not in CATEGORIES:
        raise _invalid(f"category must be one of {', '.join(CATEGORIES)}")
    return category


def _only(given: dict[str, Any], known: set[str]) -> None:
    foreign = sorted(set(given) - known)
    if foreign:
        raise _invalid(f'Unexpected key "{foreign[0]}"')


def _invalid(words: str, subcode: int = 0) -> Fault:
    return Fault(100, words, 400, subcode=subcode)


def as_read(template: dict[str, Any], store: TemplateStore) -> str:
    """A template message of the right shape as it is read. Raises :class:`~.shapes.Fault`."""
    found = store.sendable(template.get("name"), template["language"].get("code"))
    components = template.get("components", [])
    if odd := [each["type"].lower() for each in components if each["type"].lower() != "body"]:
        raise Fault(132012, f"{odd[0]}: the template has none")
    given = [parameter for component in components for parameter in component["parameters"]]
    if any("parameter_name" in parameter for parameter in given):
        raise Fault(132000, "body: its parameters have no names")
    expected = len(set(_SLOT.findall(found.body)))
    if len(given) != expected:
        raise Fault(132000, f"body: number of localizable_params ({len(given)}) does not match")
    values = []
    for parameter in given:
        value = parameter["text"]
        if fault := slots.fault_of(value):
            raise Fault(132018, f"Param text cannot be used: {fault}")
        values.append(value)
    said = _SLOT.sub(lambda slot: values[int(slot.group(1)) - 1], found.body)
    if len(said) > slots.BODY_LIMIT:
        raise Fault(132005, "Translated text too long")
    return said
