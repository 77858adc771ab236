"""Lists of readers on the desk: handed in, looked through, brought in, taken back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from digest.audience.lists import jobs
from digest.audience.lists.core.csv_lines import NotImportable
from digest.audience.lists.reader_lines import Also
from digest.audience.models.import_jobs import ImportJob, unpacked
from digest.kit import clock
from digest.kit.text import one_line
from digest.newsdesk.newsletters.models import Newsletter
from digest.newsdesk.topics.models import Topic
from digest.staff.access import Right
from digest.staff.audit import record
from digest.web.desk import times
from digest.web.desk.guard import member_of, needs

SHOWN, ERRORS_SHOWN, LABELS_SHOWN = 30, 100, 20
State = ImportJob.State
_STEPS: dict[str, Callable[..., None]] = {
    "bring": jobs.bring_in,
    "stop": jobs.stop,
    "undo": jobs.take_back,
}


@dataclass(frozen=True, slots=True)
class ListShown:
    """A list with how it stands, in words. ``share``: of its lines, how many are done, in 100."""

    job: ImportJob
    when: str
    says: str
    share: int
    counts: dict[str, int]


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.SERVE_READERS)
def list_page(request: HttpRequest) -> HttpResponseBase:
    """The lists so far, and a form for the next one."""
    fields: dict[str, Any] = {"basis": "", "newsletters": [], "topics": [], "alerts": ""}
    if request.method != "POST":
        return _list_page(request, fields)
    fields = {
        "basis": request.POST.get("basis", "").replace("\x00", "")[:2_000],
        "newsletters": request.POST.getlist("newsletters")[:200],
        "topics": request.POST.getlist("topics")[:200],
        "alerts": request.POST.get("alerts", "")[:2],
    }
    given = request.FILES.get("list")
    if given is None:
        return _list_page(request, fields, "No file was chosen: choose the list, a CSV file.")
    if given.size is None or given.size > jobs.MOST_BYTES:
        return _list_page(request, fields, _too_large())
    also = Also(tuple(fields["newsletters"]), tuple(fields["topics"]), fields["alerts"] == "on")
    name = one_line(PurePath(given.name or "list.csv").name.replace("\x00", ""))[:200]
    file = jobs.HandedIn(name, given.read(), fields["basis"], also)
    try:
        job = jobs.hand_in(file, member=member_of(request), now=clock.now())
    except NotImportable as error:
        return _list_page(request, fields, str(error))
    return redirect("desk:import", job.public_id)


@require_safe
@needs(Right.SERVE_READERS)
def job_page(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """One list: how far it is, what was found, and what may be done with it."""
    job = _job(public_id)
    return _job_page(request, job)


@require_POST
@needs(Right.SERVE_READERS)
def act(request: HttpRequest, public_id: UUID, verb: str) -> HttpResponseBase:
    """Bring a list in, stop it or throw it away, or take back what it brought."""
    job = _job(public_id)
    try:
        _STEPS[verb](job.pk, member=member_of(request), now=clock.now())
    except jobs.JobRefused as error:
        job.refresh_from_db()
        return _job_page(request, job, str(error))
    return redirect("desk:import", public_id)


@require_safe
@needs(Right.SERVE_READERS)
def rejected_file(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """The lines that were left out, each with its reason, to be mended and handed in again."""
    job = _job(public_id)
    if not job.rejected:
        raise Http404
    now, member = clock.now(), member_of(request)
    record("took rejected lines away", job, now=now, member=member, file=job.name)
    return HttpResponse(
        "\ufeff" + unpacked(job.rejected),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="left-out-{job.pk}.csv"'},
    )


def _job(public_id: UUID) -> ImportJob:
    rows = ImportJob.objects.select_related("run").defer("content")
    return get_object_or_404(rows, public_id=public_id)


def _list_page(request: HttpRequest, fields: dict[str, Any], problem: str = "") -> HttpResponseBase:
    now, zone = clock.now(), member_of(request).time_zone
    rows = ImportJob.objects.select_related("run").defer("content", "rejected", "errors")
    context = {
        "here": "readers",
        "lists": [_shown(each, zone, now) for each in rows[:SHOWN]],
        "fields": fields,
        "problem": problem,
        "newsletters": list(Newsletter.objects.all()),
        "topics": list(Topic.objects.order_by("position", "name")),
        "most_mb": jobs.MOST_BYTES >> 20,
        "most_lines": jobs.MOST_LINES,
    }
    return render(request, "desk/imports.html", context, status=422 if problem else 200)


def _job_page(request: HttpRequest, job: ImportJob, problem: str = "") -> HttpResponseBase:
    now, zone = clock.now(), member_of(request).time_zone
    unknown = sorted(job.report.get("unknown", {}).items(), key=lambda each: (-each[1], each[0]))
    context = {
        "here": "readers",
        "list": _shown(job, zone, now),
        "job": job,
        "problem": problem,
        "follows": _follows(job),
        "product": job.report.get("product", "").capitalize(),
        "unknown": unknown[:LABELS_SHOWN],
        "more_unknown": max(0, len(unknown) - LABELS_SHOWN),
        "stopped": job.report.get("stopped"),
        "back": job.report.get("back"),
        "errors": job.errors[:ERRORS_SHOWN],
        "more_errors": max(0, len(job.errors) - ERRORS_SHOWN),
        "is_working": job.state in (State.CHECKING, State.IMPORTING, State.UNDOING),
        "kept_days": jobs.KEPT_REJECTED.days,
    }
    return render(request, "desk/import.html", context, status=409 if problem else 200)


def _shown(job: ImportJob, zone: str, now: datetime) -> ListShown:
    counts = job.counts
    share = 100 * job.done // job.total if job.total else 0
    when = times.day_and_time(job.created_at, zone, now)
    return ListShown(job, when, _says(job, counts), min(share, 100), counts)


def _says(job: ImportJob, counts: dict[str, int]) -> str:
    """How the list stands, as one sentence."""
    of = f"{job.done:,} of {job.total:,} lines"
    return {
        State.CHECKING: f"It is being looked through: {of}. Nothing is stored.",
        State.CHECKED: f"It would bring {counts['added']:,} in. Nothing is stored yet.",
        State.IMPORTING: f"It is being brought in: {of}.",
        State.DONE: f"It brought {counts['added']:,} in.",
        State.UNDOING: f"It is being taken back: {job.done:,} subscriptions so far.",
        State.UNDONE: "It was taken back.",
        State.FAILED: "It was given up.",
        State.DISCARDED: "It was thrown away. Nothing was stored.",
    }[State(job.state)]


def _follows(job: ImportJob) -> list[str]:
    """What all of its readers follow, by name."""
    found = [
        *Newsletter.objects.filter(slug__in=job.newsletters).values_list("name", flat=True),
        *Topic.objects.filter(slug__in=job.topics).values_list("name", flat=True),
    ]
    return [*found, *(["Breaking news"] if job.alerts else [])]


def _too_large() -> str:
    return (
        f"It has more than {jobs.MOST_BYTES >> 20} MB: cut it into several files, or have your "
        "operator bring it in by: digest subscribers import."
    )
