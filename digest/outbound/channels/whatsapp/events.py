"""What a WhatsApp webhook reports, one by one, each under an id of its own (pure).

Meta sends what it likes in one body, sends it again when in doubt, and leaves ``contacts`` out of
statuses; whatever has not the expected shape is passed over, never an error.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_MOST = 1_000


@dataclass(frozen=True, slots=True)
class WebhookReport:
    """One event. ``kind`` is message, status, or the field's name for anything else."""

    event_id: str
    kind: str
    body: dict[str, Any]


def events(document: Any) -> tuple[WebhookReport, ...]:
    """The reports of one webhook body, a repeated one once; at most a thousand."""
    found: dict[str, WebhookReport] = {}
    for field, value in _changes(document):
        for report in _of_change(field, value):
            found.setdefault(report.event_id, report)
            if len(found) >= _MOST:
                return tuple(found.values())
    return tuple(found.values())


def _changes(document: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for entry in _list(document, "entry"):
        for change in _list(entry, "changes"):
            value = change.get("value") if isinstance(change, dict) else None
            if isinstance(value, dict):
                yield str(change.get("field", ""))[:80], value


def _of_change(field: str, value: dict[str, Any]) -> Iterator[WebhookReport]:
    contacts = [each for each in _list(value, "contacts") if isinstance(each, dict)]
    phone_id = str(value.get("metadata", {}).get("phone_number_id", "")) if isinstance(
        value.get("metadata"), dict
    ) else ""  # fmt: skip
    plain = True
    for message in _list(value, "messages"):
        if isinstance(message, dict) and isinstance(message.get("id"), str):
            plain = False
            body = {"kind": "message", "message": message, "contacts": contacts}
            yield WebhookReport(_id("message", message["id"]), "message", body | {"to": phone_id})
    for status in _list(value, "statuses"):
        if isinstance(status, dict) and isinstance(status.get("id"), str):
            plain = False
            body = {"kind": "status", "status": status, "contacts": contacts}
            word = str(status.get("status", ""))
            yield WebhookReport(
                _id("status", status["id"], word), "status", body | {"to": phone_id}
            )
    if plain and field:
        digest = hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
        yield WebhookReport(_id(field, digest), field, {"kind": field, "value": value})


def _list(of: Any, key: str) -> list[Any]:
    value = of.get(key) if isinstance(of, dict) else None
    return value if isinstance(value, list) else []


def _id(*parts: str) -> str:
    whole = ":".join(parts)
    if len(whole) <= 200:
        return whole
    return f"{parts[0][:80]}:{hashlib.sha256(whole.encode()).hexdigest()}"
