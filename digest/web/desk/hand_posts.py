"""Posts that an editor makes by hand where there is no API: copied, and marked as posted."""

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from digest.kit import clock
from digest.outbound.delivery.planning import hand_posts
from digest.staff.access import Right
from digest.web.desk import times
from digest.web.desk.guard import can, member_of, needs, not_done


@require_safe
@needs(Right.SEE_DESK)
def list_page(request: HttpRequest) -> HttpResponseBase:
    """What waits to be posted, then what was posted within a day."""
    now, member = clock.now(), member_of(request)
    context = {
        "here": "posts",
        "posts": hand_posts.hand_posts(now=now),
        "may_post": partial(can, request, Right.CURATE),
        "when": lambda at: times.day_and_time(at, member.time_zone, now),
    }
    return render(request, "desk/hand_posts.html", context)


@require_POST
@needs(Right.CURATE)
def posted(request: HttpRequest) -> HttpResponseBase:
    """It is out."""
    key = request.POST.get("post", "")[:100]
    if hand_posts.mark_posted(key, member=member_of(request), now=clock.now()):
        messages.success(request, "Marked as posted.")
    else:
        not_done(request, "Somebody has marked it already, or it is older than a day.")
    return redirect("desk:posts")
