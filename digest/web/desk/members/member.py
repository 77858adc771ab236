"""One member: role, mails to them, where they are signed in, and what they did."""

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from digest.kit import clock
from digest.newsdesk.newsletters.models import Newsletter
from digest.outbound.member_letters import password_link
from digest.staff import audit, managing, sessions
from digest.staff.access import Right, Role, may_give, takes_scope
from digest.staff.letters import MemberLetter
from digest.staff.members import Member
from digest.staff.second_factor import has_second_factor
from digest.web.desk import given, times
from digest.web.desk.guard import can, member_of, needs, not_done
from digest.web.desk.members.listing import WHAT_ROLES_DO, roles_for, scope_of, state_of
from digest.web.desk.members.programs import program_of
from digest.web.desk.members.scope import names_of
from digest.web.desk.trail.subjects import kind_of


@require_safe
@needs(Right.MANAGE_MEMBERS)
def member_page(request: HttpRequest, member_id: int) -> HttpResponseBase:
    """What is known of one member, and what may be done."""
    member, by, now = get_object_or_404(Member, pk=member_id), member_of(request), clock.now()

    def when(at: datetime) -> str:
        return times.day_and_time(at, by.time_zone, now)

    mails = list(MemberLetter.objects.filter(member=member).order_by("-asked_at", "-pk")[:5])
    state = state_of(member)
    may_change = (
        member.pk != by.pk
        and may_give(by.role, Role(member.role))
        and can(request, Right.MANAGE_MEMBERS)
    )
    invited = [each for each in mails if each.kind == MemberLetter.Kind.INVITATION]
    context = {
        "here": "members",
        "member": member,
        "state": state,
        "what": WHAT_ROLES_DO[Role(member.role)],
        "may_change": may_change,
        "roles": roles_for(by),
        "takes_scope": takes_scope(member.role),
        "only": "" if member.scope is None else names_of(member.scope),
        "newsletters": list(Newsletter.objects.order_by("name")),
        "held_to": None if member.scope is None else set(member.scope),
        "mails": mails,
        # Whoever invites may hand the link over by hand; it makes nobody a member who is none.
        "link": password_link(invited[0]) if may_change and state == "invited" and invited else "",
        "has_second": has_second_factor(member),
        "sessions": sessions.open_of(member, now=now),
        "acts": audit.AuditEntry.objects.filter(member=member).order_by("-at")[:30],
        "kind_of": kind_of,
        "program_of": program_of,
        "when": when,
    }
    return render(request, "desk/member.html", context)


@require_POST
@needs(Right.MANAGE_MEMBERS)
def act(request: HttpRequest, member_id: int, what: str) -> HttpResponseBase:
    """Give a role, end, let in again, mail the link again, or sign out."""
    member, by = get_object_or_404(Member, pk=member_id), member_of(request)
    try:
        said = _ACTS[what](request, member, by)
    except managing.MemberRefused as error:
        not_done(request, str(error))
    else:
        messages.success(request, said)
    return redirect("desk:member", member.pk)


def _give_role(request: HttpRequest, member: Member, by: Member) -> str:
    managing.give_role(member, request.POST.get("role", ""), now=clock.now(), by=by)
    member.refresh_from_db()
    return f"{member} is {member.get_role_display()} now."


def _give_scope(request: HttpRequest, member: Member, by: Member) -> str:
    held = member.scope
    rows = Newsletter.objects.filter(pk__in=held or ())
    before = None if held is None else list(rows.values_list("name", flat=True))
    managing.give_scope(member, scope_of(request), before=before, now=clock.now(), by=by)
    member.refresh_from_db()
    return f"{member} changes and sends {names_of(member.scope)} now."


def _end(request: HttpRequest, member: Member, by: Member) -> str:
    managing.end(member, now=clock.now(), by=by)
    return f"{member} is out, and signed out everywhere."


def _readmit(request: HttpRequest, member: Member, by: Member) -> str:
    managing.readmit(member, now=clock.now(), by=by)
    return f"{member} may sign in again."


def _write(request: HttpRequest, member: Member, by: Member) -> str:
    if not managing.write_again(member, now=clock.now(), by=by):
        raise managing.MemberRefused("Three mails in an hour are enough: it can go again later.")
    return f"A mail with the link goes to {member.email}."


def _sign_out(request: HttpRequest, member: Member, by: Member) -> str:
    managing.sign_out(member, given.number(request.POST.get("session", "")), now=clock.now(), by=by)
    return f"{member} is signed out there."


def _drop_factor(request: HttpRequest, member: Member, by: Member) -> str:
    managing.drop_factor(member, now=clock.now(), by=by)
    return f"{member} signs in by password alone until they set one up anew."


_ACTS: dict[str, Callable[[HttpRequest, Member, Member], str]] = {
    "role": _give_role,
    "scope": _give_scope,
    "end": _end,
    "readmit": _readmit,
    "write": _write,
    "sign-out": _sign_out,
    "drop-factor": _drop_factor,
}
VERBS = "|".join(_ACTS)
