"""The way in to the desk and the operators' pages, the password, and the way out."""

from urllib.parse import urlencode

from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from digest.kit import clock, valkey
from digest.staff import audit, sessions
from digest.staff.access import Right, Role
from digest.staff.hashing import PasswordsBusy
from digest.staff.members import Member
from digest.staff.second_factor import lacks_second_factor
from digest.staff.signing_in import change_password, sign_in
from digest.staff.single.discovery import is_configured
from digest.web.desk.guard import member_of, needs, refused, shielded
from digest.web.public.visitor import ip_of
from digest.web.serving.traffic import COME_AGAIN

# In the session of who has shown a password and no second factor yet: which one it was.
_DOOR = "door"
# In the session: by what somebody is signing in, that they came so, and that they left again.
BY, SINGLE, ASK_ANEW = "signing_in_by", "single_sign_on", "ask_anew"


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_page(request: HttpRequest) -> HttpResponseBase:
    """Email and password; after it, the page that was asked for."""
    onward = onward_of(request)
    # Whoever comes to the door anew says anew who they are.
    request.session.pop(BY, None)
    if request.method != "POST":
        if request.user.is_authenticated:
            return shielded(HttpResponseRedirect(onward))
        return shielded(door(request, onward))
    email = request.POST.get("email", "")[:254].replace("\x00", "")
    password = request.POST.get("password", "")[:1024]
    try:
        tried = sign_in(
            request, email, password, ip=ip_of(request) or "unknown", counter=valkey.client()
        )
    except PasswordsBusy as busy:
        return shielded(told_to_come_again(door(request, onward, email, str(busy), status=503)))
    if tried.member is not None:
        stands_at_the_door(request, tried.member)
        # Who has a second factor is asked for it now; the others are let in.
        return shielded(perform_login(request, tried.member, redirect_url=onward))
    if tried.locked_for:
        problem = (
            f"Too many tries. Wait {_minutes(tried.locked_for)}, or ask an operator to set a new"
            " password."
        )
        response = door(request, onward, email, problem, status=429)
        response["Retry-After"] = str(tried.locked_for)
        return shielded(response)
    problem = "No member has this email address and password. Check both; capitals count."
    return shielded(door(request, onward, email, problem, status=401))


def told_to_come_again(response: HttpResponse) -> HttpResponse:
    """``response`` with the word that a password may be looked at in a few seconds."""
    response["Retry-After"] = str(COME_AGAIN)
    return response


def stands_at_the_door(request: HttpRequest, member: Member) -> None:
    """Note who has shown a password, or came by the provider, and may be asked for more."""
    request.session[_DOOR] = member.get_session_auth_hash()


def has_still_shown_a_password(request: HttpRequest, member: Member) -> bool:
    """Whether the password that was shown at the door is ``member``'s yet, and they may come in.

    Who showed one and waits with the second factor has no session yet that a new password ends.
    """
    shown = request.session.get(_DOOR, "")
    return member.is_active and constant_time_compare(shown, member.get_session_auth_hash())


def let_in(request: HttpRequest, member: Member) -> None:
    """Begin a session of ``member``'s, and write down that it began, and from where."""
    login(request, member, backend="django.contrib.auth.backends.ModelBackend")
    request.session.pop(_DOOR, None)
    by = request.session.pop(BY, "")
    more = {"by": by} if by else {}
    audit.record("signed in", member, now=clock.now(), member=member, **more)
    if by:
        request.session[SINGLE] = True
    _begin(request, member)


def _begin(request: HttpRequest, member: Member) -> None:
    sessions.began(
        member,
        request.session,
        now=clock.now(),
        network=ip_of(request) or "",
        agent=request.headers.get("User-Agent", ""),
    )


def admin_door(request: HttpRequest) -> HttpResponseBase:
    """The operators' pages have no door of their own: who is sent here signs in at the desk's.

    A form posted here is posted there. Who is signed in and was sent here may not see those pages,
    or not before they have a second factor.
    """
    if request.user.is_authenticated:
        member = member_of(request)
        if not (member.is_active and member.is_staff):
            return shielded(refused(request, "see the operators’ pages", [Role.OPERATOR.label]))
        if lacks_second_factor(member, request.session):
            return shielded(redirect("mfa_index"))
    wanted = request.GET.get("next") or reverse("admin:index")
    there = f"{reverse('desk:sign-in')}?{urlencode({'next': wanted})}"
    posted = request.method == "POST"
    return shielded(HttpResponseRedirect(there, preserve_request=posted))


@needs(Right.SEE_DESK)
@sensitive_post_parameters("old", "new", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def password_page(request: HttpRequest) -> HttpResponseBase:
    """A member's own password: the present one, and the new one twice."""
    member = member_of(request)
    if request.method != "POST":
        return render(request, "desk/password.html", {"here": "", "problems": {}})
    old, new, again = (request.POST.get(name, "")[:1024] for name in ("old", "new", "again"))
    ip = ip_of(request) or "unknown"
    try:
        tried = change_password(member, old, new, again, ip=ip, counter=valkey.client())
    except PasswordsBusy as busy:
        page = {"here": "", "problems": {"old": str(busy)}}
        return told_to_come_again(render(request, "desk/password.html", page, status=503))
    if tried.problems:
        problems = dict(tried.problems)
        if tried.locked_for:
            problems["old"] = f"Too many tries. Wait {_minutes(tried.locked_for)}."
        status = 429 if tried.locked_for else 422
        page = {"here": "", "problems": problems}
        response = render(request, "desk/password.html", page, status=status)
        if tried.locked_for:
            response["Retry-After"] = str(tried.locked_for)
        return response
    update_session_auth_hash(request, member)
    sessions.end_all(member)
    _begin(request, member)
    audit.record("changed password", member, now=clock.now(), member=member)
    messages.success(request, "Your password is changed. Wherever else you were, you are out.")
    return redirect("desk:password")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """End the session. By POST only, so that no link signs an editor out."""
    if request.user.is_authenticated:
        member = member_of(request)
        audit.record("signed out", member, now=clock.now(), member=member)
    came_by_provider = SINGLE in request.session
    logout(request)
    if came_by_provider:
        # Else one press would bring the next person at this screen in as the last one.
        request.session[ASK_ANEW] = True
    return shielded(redirect("desk:sign-in"))


def _minutes(seconds: int) -> str:
    minutes = -(-seconds // 60)
    return f"{minutes} {'minute' if minutes == 1 else 'minutes'}"


def onward_of(request: HttpRequest) -> str:
    """The page that was asked for, if it is one of ours; else the first one of the desk."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    # `redirect` takes a word without a slash for a view's name.
    if "/" in wanted and url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return wanted
    return resolve_url(settings.LOGIN_REDIRECT_URL)


def door(
    request: HttpRequest, onward: str, email: str = "", problem: str = "", status: int = 200
) -> HttpResponse:
    """The page for signing in, with what was wrong."""
    context = {"onward": onward, "email": email, "problem": problem}
    context["single"] = settings.DIGEST_OIDC_NAME if is_configured() else ""
    return render(request, "desk/sign_in.html", context, status=status)
