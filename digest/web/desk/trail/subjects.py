"""What an entry of the audit is about, by its name and with its page, read for many at once."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.urls import reverse

from digest.staff.audit import AuditEntry


@dataclass(frozen=True, slots=True)
class AuditSubject:
    """Its name, empty when it is gone or has none; ``url`` is that of its page, if any."""

    kind: str
    name: str = ""
    url: str = ""


_Of = Callable[[Any], str]


def _page(name: str, field: str) -> _Of:
    return lambda row: reverse(f"desk:{name}", args=[getattr(row, field)])


# Kind as it is written down: what a page calls it, the field with its name, the way to its page.
_KINDS: dict[str, tuple[str, str, _Of | None]] = {
    "edition": ("edition", "title", _page("sheet", "public_id")),
    "alert": ("alert", "headline", _page("alert", "public_id")),
    "story": ("story", "headline", _page("story", "public_id")),
    "newsletter": ("newsletter", "name", _page("newsletter", "slug")),
    "topic": ("topic", "name", _page("topic", "slug")),
    "feed": ("feed", "title", _page("feed", "pk")),
    "member": ("member", "", _page("member", "pk")),
    "send": ("send", "", None),
    "candidate": ("what may be breaking", "", None),
    "subscriber": ("reader", "", _page("reader", "public_id")),
    "importjob": ("list of readers", "name", _page("import", "public_id")),
    "series": ("series", "name", _page("series-one", "slug")),
    "aliaslist": ("aliases", "", None),
    "bouncehold": ("bounces", "", None),
}


def kind_of(kind: str) -> str:
    """What a page calls a kind of thing."""
    return _KINDS.get(kind, (kind, "", None))[0]


KINDS = tuple((kind, label) for kind, (label, _, _) in _KINDS.items())


def subjects(entries: Iterable[AuditEntry]) -> dict[tuple[str, int | None], AuditSubject]:
    """The subject of each entry, by kind and id; a query a kind."""
    ids: dict[str, set[int]] = {}
    found: dict[tuple[str, int | None], AuditSubject] = {}
    for entry in entries:
        found[(entry.subject_kind, entry.subject_id)] = AuditSubject(kind_of(entry.subject_kind))
        if entry.subject_kind in _KINDS and entry.subject_id:
            ids.setdefault(entry.subject_kind, set()).add(entry.subject_id)
    for kind, wanted in ids.items():
        label, field, way = _KINDS[kind]
        for row in apps.get_model("digest", kind)._default_manager.filter(pk__in=wanted):
            name = getattr(row, field) if field else str(row) if kind == "member" else ""
            found[(kind, row.pk)] = AuditSubject(label, str(name), _way(way, row))
    return found


def _way(way: _Of | None, row: Any) -> str:
    # A personal digest is an edition without a newsletter, and has no sheet.
    if way is None or getattr(row, "newsletter_id", 0) is None:
        return ""
    return way(row)
