"""A member's own page: name, password, and everywhere they are signed in."""

from zoneinfo import available_timezones

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from digest.kit import clock
from digest.staff import managing, sessions
from digest.staff.access import Right
from digest.staff.second_factor import has_second_factor
from digest.web.desk import given, times
from digest.web.desk.guard import member_of, needs, not_done
from digest.web.desk.members.programs import program_of


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.SEE_DESK)
def own_page(request: HttpRequest) -> HttpResponseBase:
    """Who one is on the desk."""
    member, now = member_of(request), clock.now()
    typed = {name: getattr(member, name) for name in ("first_name", "last_name", "time_zone")}
    problem = ""
    if request.method == "POST":
        typed = {name: " ".join(request.POST.get(name, "").split())[:64] for name in typed}
        if typed["time_zone"] not in available_timezones():
            problem = "No such zone. Write it as in Asia/Seoul or Europe/Paris."
        else:
            for name, value in typed.items():
                setattr(member, name, value)
            member.save(update_fields=list(typed))
            messages.success(request, "Saved.")
            return redirect("desk:me")
    context = {
        "here": "",
        "typed": typed,
        "problem": problem,
        "sessions": sessions.open_of(member, now=now),
        "has_second": has_second_factor(member),
        "key": request.session.session_key,
        "program_of": program_of,
        "when": lambda at: times.day_and_time(at, member.time_zone, now),
    }
    return render(request, "desk/me.html", context, status=422 if problem else 200)


@require_POST
@needs(Right.SEE_DESK)
def sign_out_one(request: HttpRequest) -> HttpResponseBase:
    """End one of one's own sessions."""
    member = member_of(request)
    number = given.number(request.POST.get("session", ""))
    try:
        managing.sign_out(member, number, now=clock.now(), by=member)
    except managing.MemberRefused as error:
        not_done(request, str(error))
    else:
        messages.success(request, "Signed out there.")
    return redirect("desk:me")
