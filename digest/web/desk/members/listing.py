"""The newsroom's people: who is in, in which role, and a form to invite the next."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from digest.kit import clock
from digest.newsdesk.newsletters.models import Newsletter
from digest.staff.access import Right, Role, may_give
from digest.staff.managing import MemberRefused, invite
from digest.staff.members import Member
from digest.web.desk import given, times
from digest.web.desk.guard import member_of, needs
from digest.web.desk.members.scope import names_of

WHAT_ROLES_DO = {
    Role.READER: "looks, changes nothing",
    Role.SERVICES: "answers readers and sees their addresses; curates nothing",
    Role.EDITOR: "curates, approves, raises and issues alerts, steers feeds",
    Role.CHIEF: "all of that; makes newsletters, runs sends, invites editors",
    Role.OPERATOR: "everything, the operators’ pages too",
}


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One member as a line: ``seen`` is when they last signed in, in words."""

    member: Member
    seen: str
    state: str
    only: str


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.MANAGE_MEMBERS)
def list_page(request: HttpRequest) -> HttpResponseBase:
    """Everybody, and the invitation."""
    by, now = member_of(request), clock.now()
    typed = {name: request.POST.get(name, "")[:254] for name in ("email", "name", "role")}
    problem, scope = "", scope_of(request)
    if request.method == "POST":
        try:
            made = invite(**typed, scope=scope, now=now, by=by)
        except MemberRefused as error:
            problem = str(error)
        else:
            messages.success(request, f"{made} is invited. The mail goes to {made.email} now.")
            return redirect("desk:member", made.pk)
    rows = [
        MemberRow(each, _seen(each, by), state_of(each), _only(each))
        for each in Member.objects.order_by("-is_active", "first_name", "last_name", "email")
    ]
    context = {
        "here": "members",
        "rows": rows,
        "roles": roles_for(by),
        "typed": typed,
        "newsletters": list(Newsletter.objects.order_by("name")),
        "held_to": None if scope is None else set(scope),
        "problem": problem,
    }
    return render(request, "desk/members.html", context, status=422 if problem else 200)


def roles_for(by: Member) -> list[tuple[str, str, str]]:
    """Value, label and meaning of each role that ``by`` may give."""
    return [
        (role.value, role.label, what)
        for role, what in WHAT_ROLES_DO.items()
        if may_give(by.role, role)
    ]


def scope_of(request: HttpRequest) -> dict[int, str] | None:
    """The newsletters chosen in the form, by id and name; None for all of them."""
    if request.POST.get("reach") != "some":
        return None
    chosen = {given.number(each) for each in request.POST.getlist("newsletter")}
    return dict(Newsletter.objects.filter(pk__in=chosen).values_list("pk", "name"))


def _only(member: Member) -> str:
    return "" if member.scope is None else names_of(member.scope)


def state_of(member: Member) -> str:
    """``ended``, ``invited`` or ``in``."""
    if not member.is_active:
        return "ended"
    return "in" if member.has_usable_password() else "invited"


def _seen(member: Member, by: Member) -> str:
    if member.last_login is None:
        return "never"
    return times.day_and_time(member.last_login, by.time_zone, clock.now())
