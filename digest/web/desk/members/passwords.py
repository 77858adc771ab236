"""Choosing a password by a link: the invited, and who lost theirs."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from digest.kit import clock, valkey
from digest.staff import letters
from digest.staff.door_links import SpentLink, choose_password, member_behind
from digest.staff.hashing import PasswordsBusy
from digest.staff.members import Member
from digest.staff.signing_in import may_ask
from digest.web.desk.guard import shielded
from digest.web.desk.signing_in import told_to_come_again
from digest.web.public.visitor import ip_of


@require_http_methods(["GET", "HEAD", "POST"])
def lost_page(request: HttpRequest) -> HttpResponseBase:
    """Asks for the mail. The answer is the same whether or not anybody has the address."""
    if request.method != "POST":
        return shielded(render(request, "desk/lost_password.html", {"sent": False, "wait": 0}))
    wait = may_ask(ip_of(request) or "unknown", counter=valkey.client())
    if not wait:
        email = request.POST.get("email", "")[:254].replace("\x00", "").strip().lower()
        member = Member.objects.filter(email=email, is_active=True).first()
        if member is not None:
            invited = not member.has_usable_password()
            kinds = letters.MemberLetter.Kind
            kind = kinds.INVITATION if invited else kinds.RECOVERY
            letters.ask_for(kind, member, now=clock.now())
    context = {"sent": not wait, "wait": -(-wait // 60)}
    response = render(request, "desk/lost_password.html", context, status=429 if wait else 200)
    if wait:
        response["Retry-After"] = str(wait)
    return shielded(response)


@sensitive_post_parameters("new", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def choose_page(request: HttpRequest, token: str) -> HttpResponseBase:
    """Takes the new password twice; the member then signs in with it as ever.

    It does not sign in by itself: who has a second factor is asked for it at the door.
    """
    member = member_behind(token)
    if member is None:
        return _spent(request)
    problems: dict[str, str] = {}
    if request.method == "POST":
        new, again = (request.POST.get(name, "")[:1024] for name in ("new", "again"))
        try:
            problems = choose_password(token, new, again, now=clock.now()).problems
        except SpentLink:
            return _spent(request)
        except PasswordsBusy as busy:
            page = {"member": member, "problems": {"new": str(busy)}}
            shown = render(request, "desk/choose_password.html", page, status=503)
            return shielded(told_to_come_again(shown))
        if not problems:
            messages.success(request, "Your password is set. Sign in with it.")
            return shielded(redirect("desk:sign-in"))
    context = {"member": member, "problems": problems}
    return shielded(
        render(request, "desk/choose_password.html", context, status=422 if problems else 200)
    )


def _spent(request: HttpRequest) -> HttpResponseBase:
    return shielded(render(request, "desk/choose_password.html", {"member": None}, status=410))
