"""The way in to the desk, and out."""

from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from digest.kit import clock, valkey
from digest.staff import audit
from digest.staff.signing_in import sign_in
from digest.web.desk.guard import member_of, shielded
from digest.web.public.visitor import ip_of


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_page(request: HttpRequest) -> HttpResponseBase:
    """Email and password; after it, the page that was asked for."""
    onward = _onward(request)
    if request.method != "POST":
        if request.user.is_authenticated:
            return shielded(HttpResponseRedirect(onward))
        return shielded(_form(request, onward))
    email = request.POST.get("email", "")[:254].replace("\x00", "")
    password = request.POST.get("password", "")[:1024]
    tried = sign_in(
        request, email, password, ip=ip_of(request) or "unknown", counter=valkey.client()
    )
    if tried.member is not None:
        login(request, tried.member)
        audit.record("signed in", tried.member, now=clock.now(), member=tried.member)
        return shielded(HttpResponseRedirect(onward))
    if tried.locked_for:
        minutes = -(-tried.locked_for // 60)
        problem = (
            f"Too many tries. Wait {minutes} {'minute' if minutes == 1 else 'minutes'}, or ask an"
            " operator to set a new password."
        )
        response = _form(request, onward, email, problem, status=429)
        response["Retry-After"] = str(tried.locked_for)
        return shielded(response)
    problem = "No member has this email address and password. Check both; capitals count."
    return shielded(_form(request, onward, email, problem, status=401))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """End the session. By POST only, so that no link signs an editor out."""
    if request.user.is_authenticated:
        member = member_of(request)
        audit.record("signed out", member, now=clock.now(), member=member)
    logout(request)
    return shielded(redirect("desk:sign-in"))


def _onward(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return wanted
    return resolve_url(settings.LOGIN_REDIRECT_URL)


def _form(
    request: HttpRequest, onward: str, email: str = "", problem: str = "", status: int = 200
) -> HttpResponse:
    context = {"onward": onward, "email": email, "problem": problem}
    return render(request, "desk/sign_in.html", context, status=status)
