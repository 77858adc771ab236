"""The audit: who did what to what, from what to what; searched, and taken away as a file."""

import csv
import io
import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from digest.audience.core.cells import cell
from digest.kit import clock
from digest.staff.access import Right
from digest.staff.audit import AuditEntry, record
from digest.web.desk import given, times
from digest.web.desk.guard import member_of, needs
from digest.web.desk.trail.subjects import KINDS, AuditSubject, subjects

SHOWN = 100
IN_A_FILE = 50_000
MONTH = timedelta(days=31)
_LONGEST_VALUE = 400
_ROWS = ("change",)
_KEY = re.compile(r"(\w+:)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# As the audit writes down a moment; who reads it has clocks.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?[+-]\d\d:\d\d")


@dataclass(frozen=True, slots=True)
class AuditAsked:
    """What is looked for: words of who, deed or detail; a kind; days, of which both count."""

    q: str = ""
    kind: str = ""
    since: str = ""
    until: str = ""

    @classmethod
    def of(cls, request: HttpRequest, today: date) -> "AuditAsked":
        """What the address asks for; days that are none are those of the last month."""

        def words(name: str) -> str:
            return request.GET.get(name, "").replace("\x00", "").strip()[:100]

        return cls(
            words("q"),
            words("kind"),
            _day(words("since"), today - MONTH).isoformat(),
            _day(words("until"), today).isoformat(),
        )

    def address(self, **more: int) -> str:
        """The address' query that asks for this."""
        return "?" + urlencode({k: v for k, v in (asdict(self) | more).items() if v})


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One entry as the page shows it."""

    when: str
    who: str
    verb: str
    subject: AuditSubject
    details: tuple[tuple[str, str], ...]

    @property
    def says_its_kind(self) -> bool:
        """Whether the deed names what it was done to: "handed in a list"."""
        return self.subject.kind.split()[0] in self.verb.split()


@require_safe
@needs(Right.MANAGE_MEMBERS)
def audit_page(request: HttpRequest) -> HttpResponseBase:
    """The latest first, a hundred on a page."""
    now, member = clock.now(), member_of(request)
    zone = times.zone(member.time_zone)
    wanted = AuditAsked.of(request, now.astimezone(zone).date())
    rows = _found(wanted, member.time_zone)
    before = given.number(request.GET.get("before", ""))
    if before > 0:
        rows = rows.filter(pk__lt=before)
    entries = list(rows[: SHOWN + 1])
    about = subjects(entries[:SHOWN])
    context = {
        "here": "audit",
        "wanted": wanted,
        "kinds": KINDS,
        "lines": [
            AuditLine(
                times.day_and_time(each.at, member.time_zone, now),
                each.who,
                each.verb,
                about[(each.subject_kind, each.subject_id)],
                _details(each.detail, zone),
            )
            for each in entries[:SHOWN]
        ],
        "earlier": entries[SHOWN - 1].pk if len(entries) > SHOWN else 0,
        "in_a_file": IN_A_FILE,
    }
    return render(request, "desk/audit.html", context)


@require_safe
@needs(Right.MANAGE_MEMBERS)
def audit_file(request: HttpRequest) -> HttpResponseBase:
    """What the page finds, all of it, as CSV; that it was taken away is written down too."""
    now, member = clock.now(), member_of(request)
    wanted = AuditAsked.of(request, now.astimezone(times.zone(member.time_zone)).date())
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("at", "who", "did", "to", "number", "details"))
    for each in _found(wanted, member.time_zone)[:IN_A_FILE]:
        detail = json.dumps(each.detail, ensure_ascii=False, sort_keys=True)
        row = (each.at.isoformat(), each.who, each.verb, each.subject_kind, each.subject_id, detail)
        writer.writerow([cell(str(each or "")) for each in row])
    record("took the audit away as a file", member, now=now, member=member, **asdict(wanted))
    name = f"audit-{wanted.since}-{wanted.until}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)


def _found(wanted: AuditAsked, zone: str) -> QuerySet[AuditEntry]:
    here = times.zone(zone)
    since = datetime.combine(date.fromisoformat(wanted.since), time(0), here)
    until = datetime.combine(date.fromisoformat(wanted.until), time(0), here) + timedelta(days=1)
    rows = AuditEntry.objects.filter(at__gte=since.astimezone(UTC), at__lt=until.astimezone(UTC))
    if wanted.kind:
        rows = rows.filter(subject_kind=wanted.kind)
    if wanted.q:
        rows = rows.annotate(told=Cast("detail", TextField()))
        for word in wanted.q.split()[:8]:
            # JSON writes what is not ASCII as it is: PostgreSQL keeps letters, not escapes.
            rows = (
                rows.filter(who__icontains=word)
                | rows.filter(verb__icontains=word)
                | rows.filter(told__icontains=word)
            )
    return rows.order_by("-pk")


def _details(detail: dict[str, Any], zone: ZoneInfo) -> tuple[tuple[str, str], ...]:
    """Before and after first, then what else was written down; nothing of what is empty."""
    order = sorted(detail, key=lambda name: (name not in ("before", "after"), name == "after"))
    told = ((name.replace("_", " "), _said(detail[name], zone)) for name in order)
    return tuple((name, words) for name, words in told if words and not _is_only_a_key(name, words))


def _is_only_a_key(name: str, words: str) -> bool:
    """Whether it leads nobody anywhere: the number of a row, which the file keeps, says nothing."""
    return name in _ROWS or _KEY.fullmatch(words) is not None


def _said(value: object, zone: ZoneInfo) -> str:
    if isinstance(value, dict):
        value = "; ".join(f"{name}: {_said(each, zone)}" for name, each in value.items() if each)
    elif isinstance(value, list):
        value = ", ".join(_said(each, zone) for each in value)
    elif isinstance(value, str) and _MOMENT.fullmatch(value):
        value = _clock(value, zone)
    text = "" if value is None else str(value)
    if isinstance(value, bool):
        text = "yes" if value else "no"
    return text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "…"


def _clock(text: str, zone: ZoneInfo) -> str:
    try:
        return f"{datetime.fromisoformat(text).astimezone(zone):%Y-%m-%d %H:%M}"
    except (ValueError, OverflowError):
        return text  # somebody's own words that only look like one


def _day(text: str, other: date) -> date:
    try:
        return min(max(date.fromisoformat(text), date(2000, 1, 2)), date(2200, 1, 1))
    except ValueError:
        return other
