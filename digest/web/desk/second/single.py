"""Signing in by the newsroom's own provider: from the door there, and back in."""

from allauth.account.utils import perform_login
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from digest.kit import clock, valkey
from digest.kit.observe import log
from digest.staff.second_factor import was_proven
from digest.staff.signing_in import code_tried, code_was_right
from digest.staff.single import provider
from digest.staff.single.discovery import NotProven, is_configured
from digest.staff.single.identities import SignInRefused, member_of
from digest.web.desk.guard import shielded
from digest.web.desk.signing_in import (
    ASK_ANEW,
    BY,
    door,
    let_in,
    onward_of,
    stands_at_the_door,
)
from digest.web.public.visitor import ip_of


@require_POST
def begin(request: HttpRequest) -> HttpResponseBase:
    """Send somebody to the provider, and remember what they have to bring back."""
    _only_where_configured()
    onward = onward_of(request)
    wait = code_tried("", ip=ip_of(request) or "unknown", counter=valkey.client())
    if wait:
        response = _not_in(request, onward, "Too many tries. Wait some minutes.", 429)
        response["Retry-After"] = str(wait)
        return response
    try:
        there = provider.address_there(
            request, _back(), onward, anew=bool(request.session.get(ASK_ANEW))
        )
    except NotProven as error:
        log.warning("the provider of sign-ins could not be asked", reason=str(error))
        return _not_in(request, onward, f"{error} Sign in by your password, or try again.", 503)
    context = {"here": "", "there": there, "single": settings.DIGEST_OIDC_NAME}
    return shielded(render(request, "desk/single.html", context))


@require_safe
def back(request: HttpRequest) -> HttpResponseBase:
    """Let in whoever the provider says it is, if that is a member; to where they were going."""
    _only_where_configured()
    onward = resolve_url(settings.LOGIN_REDIRECT_URL)
    try:
        shown, onward = provider.come_back(request)
        member = member_of(
            shown,
            new_role=settings.DIGEST_OIDC_NEW_MEMBERS,
            domains=settings.DIGEST_OIDC_DOMAINS,
            now=clock.now(),
        )
    except NotProven as error:
        log.warning("nobody was let in by the provider", reason=str(error))
        return _not_in(request, onward, f"{error} Begin again, or sign in by your password.", 401)
    except SignInRefused as error:
        log.warning("the provider knows somebody whom the desk does not", reason=str(error))
        return _not_in(request, onward, str(error), 403)
    code_was_right("", ip=ip_of(request) or "unknown", counter=valkey.client())
    request.session.pop(ASK_ANEW, None)
    request.session[BY] = settings.DIGEST_OIDC_NAME
    stands_at_the_door(request, member)
    if not shown.two_factors:
        # Whoever has a second factor here is asked for it, as after a password.
        return shielded(perform_login(request, member, redirect_url=onward))
    let_in(request, member)
    was_proven(request.session)
    return shielded(redirect(onward))


def _only_where_configured() -> None:
    if not is_configured():
        raise Http404


def _back() -> str:
    return settings.DIGEST_BASE_URL.rstrip("/") + reverse("desk:single-back")


def _not_in(request: HttpRequest, onward: str, problem: str, status: int) -> HttpResponse:
    response = door(request, onward, problem=problem, status=status)
    shielded(response)
    return response
