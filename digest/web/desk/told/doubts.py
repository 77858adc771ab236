"""The joins that may be wrong, one below the other: each confirmed or split by one key."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from digest.kit import clock
from digest.newsdesk.editions.day import day
from digest.newsdesk.stories import mend
from digest.newsdesk.stories.doubtful import doubtful, how_many
from digest.staff.access import Right
from digest.web.desk import given, times
from digest.web.desk.guard import member_of, needs, not_done

SHOWN = 40


@require_safe
@needs(Right.CURATE)
def doubts_page(request: HttpRequest) -> HttpResponseBase:
    """The doubtful joins of the last two days, the least probable first."""
    now = clock.now()
    joins = doubtful(now=now, limit=SHOWN)
    context = {
        "here": "wire",
        "joins": [(each, odds(each.probability), times.ago(each.at, now)) for each in joins],
        "waiting": how_many(now=now) if len(joins) == SHOWN else len(joins),
    }
    return render(request, "desk/doubts.html", context)


@require_POST
@needs(Right.CURATE)
def settle(request: HttpRequest) -> HttpResponseBase:
    """Confirm a join, or split the report off, with its copies; then show the others."""
    article = given.number(request.POST.get("article", ""))
    story = given.number(request.POST.get("story", ""))
    verbs: dict[str, tuple[Callable[..., mend.Mended], str]] = {
        "confirm": (mend.confirm, "Confirmed. No rule moves it any more."),
        "split": (mend.split, "Split: it is a story of its own now."),
    }
    step, done = verbs.get(request.POST.get("verdict", ""), (None, ""))
    if step is None:
        not_done(request, "Choose confirm or split beside a report.")
        return redirect("desk:doubts")
    try:
        step(story, [article], member=member_of(request), now=clock.now())
    except mend.MendRefused:
        not_done(request, "That report is in another story meanwhile. Look at it once more.")
    else:
        day.forget()
        messages.success(request, done)
    return redirect("desk:doubts")


def odds(probability: float) -> str:
    """A probability in tenths, as words."""
    tenths = round(probability * 10)
    if tenths < 1:
        return "hardly ever right"
    if tenths > 9:
        return "nearly always right"
    return "right once in 10" if tenths == 1 else f"right {tenths} times in 10"
