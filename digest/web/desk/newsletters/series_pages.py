"""Series on the desk: made, previewed, started and stopped, with who is where in them."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from digest.audience.core.languages import SPOKEN
from digest.audience.core.series_plan import (
    MOST_STEPS,
    STEP_FIELDS,
    STEP_ID,
    SeriesPlan,
    read_series,
)
from digest.audience.models.notes import Series, SeriesStep
from digest.audience.notes.series import (
    StaleSeries,
    define_series,
    mark_of,
    plan_of,
    run_series,
    standing,
)
from digest.kit import clock
from digest.newsdesk.newsletters.models import Newsletter
from digest.newsdesk.topics.models import Topic
from digest.outbound.channels.email.words import NAME as EMAIL
from digest.outbound.channels.rendering import render_series
from digest.outbound.delivery.planning.notes import series_content
from digest.outbound.delivery.planning.wording import newsroom
from digest.staff.access import Right
from digest.web.desk import given
from digest.web.desk.guard import MAIL_POLICY, can, member_of, needs

_TEXTS = ("name", "begins_with", "language", "local_time")
_LONGEST = 6_000


@require_safe
@needs(Right.MAKE_NEWSLETTERS)
def list_page(request: HttpRequest) -> HttpResponseBase:
    """Every series, for whom it is, and how many stand where."""
    rows = Series.objects.select_related("newsletter", "topic")
    context = {
        "here": "newsletters",
        "series": [(each, each.newsletter or each.topic, standing(each)) for each in rows],
        "may_make": can(request, Right.MAKE_NEWSLETTERS),
    }
    return render(request, "desk/series.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.MAKE_NEWSLETTERS)
def new_page(request: HttpRequest) -> HttpResponseBase:
    """A series that is still to be made."""
    return _form(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.MAKE_NEWSLETTERS)
def series_page(request: HttpRequest, slug: str) -> HttpResponseBase:
    """One series, to be changed."""
    return _form(request, get_object_or_404(Series, slug=slug))


@require_POST
@needs(Right.MAKE_NEWSLETTERS)
def run(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Start a series, or let it rest."""
    series, runs = get_object_or_404(Series, slug=slug), request.POST.get("do") == "start"
    run_series(slug, runs=runs, now=clock.now(), member=member_of(request))
    said = (
        "runs: who confirms from now on gets it."
        if runs
        else "rests: nothing of it goes, and nobody enters it."
    )
    messages.success(request, f"{series.name} {said}")
    return redirect("desk:series-one", slug)


@require_safe
@needs(Right.MAKE_NEWSLETTERS)
def mail_page(request: HttpRequest, slug: str, position: int) -> HttpResponseBase:
    """A message as its reader's mail program shows it, for a sandboxed frame."""
    steps = SeriesStep.objects.select_related("series__newsletter", "series__topic")
    step = steps.filter(series__slug=slug, position=position, position__gt=0).first()
    if step is None:
        raise Http404
    words = render_series(series_content(step), EMAIL, newsroom())
    response = HttpResponse(words.fields["html"])
    response.headers["Content-Security-Policy"] = MAIL_POLICY
    return response


def _form(request: HttpRequest, series: Series | None) -> HttpResponseBase:
    now, member = clock.now(), member_of(request)
    stands = plan_of(series) if series else None
    fields, steps, base = _fields(stands), _steps(stands), mark_of(stands)
    wrong: dict[str, str] = {}
    rows: list[dict[str, str]] = []
    problem = ""
    before = request.POST.get("insert", "")
    if request.method == "POST":
        fields, rows = _posted(request)
        steps = [row for row in rows if _is_written(row)]
        base = request.POST.get("base", "")[:64]
    if before.isascii() and before.isdigit() and len(before) < 3:
        # Nothing is saved yet: the form comes back with an empty message there.
        place = sum(_is_written(row) for row in rows[: max(int(before) - 1, 0)])
        steps.insert(place, _blank())
    elif request.method == "POST":
        plan, wrong = read_series(fields, steps, offered=[key for key, _ in _begins()])
        problem = "Not saved yet: see what is marked below." if plan is None else ""
        if plan is not None:
            slug = series.slug if series else _address(plan.name)
            try:
                define_series(slug, plan, base=base, now=now, member=member)
            except StaleSeries as error:
                problem, base = str(error), mark_of(stands)
            else:
                messages.success(request, f"{plan.name} is saved.")
                return redirect("desk:series-one", slug)
    shown = [*steps, _blank()][:MOST_STEPS]
    context = {
        "here": "newsletters",
        "series": series,
        "fields": fields,
        "steps": shown,
        # Words that were typed and not saved are marked as such, and kept by the browser.
        "stands": _standing(stands, shown) if request.method == "POST" else (),
        "most": MOST_STEPS - 1,
        "counts": standing(series) if series else (),
        "base": base,
        "wrong": wrong,
        "problem": problem,
        "begins": _begins(),
        "languages": list(SPOKEN.items()),
    }
    return render(request, "desk/series_one.html", context, status=422 if problem else 200)


def _fields(plan: SeriesPlan | None) -> dict[str, str]:
    if plan is None:
        return {"name": "", "begins_with": "", "language": "en", "local_time": "09:00"}
    return {
        "name": plan.name,
        "begins_with": plan.begins_with,
        "language": plan.language,
        "local_time": f"{plan.local_time:%H:%M}",
    }


def _steps(plan: SeriesPlan | None) -> list[dict[str, str]]:
    return [
        {name: str(getattr(each, name)) for name in (*STEP_FIELDS, STEP_ID)}
        for each in (plan.steps if plan else ())
    ]


def _standing(
    plan: SeriesPlan | None, shown: Sequence[Mapping[str, str]]
) -> list[Mapping[str, str]]:
    """What is stored of each message on the page; of a new one as little as a blank one says."""
    stored = {each[STEP_ID]: each for each in _steps(plan)}
    return [stored.get(each[STEP_ID], _blank()) for each in shown]


def _blank() -> dict[str, str]:
    return dict.fromkeys((*STEP_FIELDS, STEP_ID), "") | {"wait_days": "3"}


def _posted(request: HttpRequest) -> tuple[dict[str, str], list[dict[str, str]]]:
    """What was typed, message by message as the page had them."""
    columns: Mapping[str, Sequence[Any]] = {
        name: request.POST.getlist(name)[: MOST_STEPS + 1] for name in (*STEP_FIELDS, STEP_ID)
    }
    rows = [
        {
            name: str(column[number])[:_LONGEST] if number < len(column) else ""
            for name, column in columns.items()
        }
        for number in range(len(columns["subject"]))
    ]
    return {name: request.POST.get(name, "")[:_LONGEST] for name in _TEXTS}, rows


def _is_written(row: Mapping[str, str]) -> bool:
    """Whether a message has a word in it; one without is left out, so that none stays blank."""
    return any(row[name].strip() for name in STEP_FIELDS if name != "wait_days")


def _begins() -> list[tuple[str, str]]:
    """What a series may begin with: keys and names."""
    return [
        *((f"newsletters:{each.slug}", each.name) for each in Newsletter.objects.all()),
        *(
            (f"topics:{each.slug}", f"{each.name} (topic)")
            for each in Topic.objects.order_by("position", "name")
        ),
    ]


def _address(name: str) -> str:
    slugs = Series.objects.values_list("slug", flat=True)
    return given.address_of(name, "series", lambda stem: slugs.filter(slug__startswith=stem))
