"""The second factor's pages: asked at the door, and set up on a member's own page.

allauth's views decide; here they get the desk's look, its policy and its limiter.
"""

from collections.abc import Callable
from typing import Any

import redis
from allauth.account.views import ReauthenticateView
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import views as base
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from digest.kit import clock, valkey
from digest.staff import audit, sessions
from digest.staff.access import Right, needs_second_factor
from digest.staff.hashing import PasswordsBusy
from digest.staff.signing_in import code_tried, code_was_not_looked_at, code_was_right
from digest.web.desk.guard import member_of, needs, shielded
from digest.web.desk.second.keys import DoorKey, NewKey, ShownKey
from digest.web.desk.signing_in import has_still_shown_a_password
from digest.web.public.visitor import ip_of
from digest.web.serving.traffic import COME_AGAIN

View = Callable[..., HttpResponseBase]


class Counted:
    """A guess is counted before it is looked at; a right one gives it back."""

    request: HttpRequest

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Look at what was sent, unless too many guesses were wrong lately."""
        wait = code_tried(self.guessed_of(), ip=self._ip(), counter=valkey.client())
        if wait:
            return _too_many(request, wait, 429)
        try:
            return super().post(request, *args, **kwargs)  # type: ignore[misc,no-any-return]
        except redis.RedisError:
            # Without it nobody can say whether a code was used before.
            return _too_many(request, 60, 503)
        except PasswordsBusy:
            code_was_not_looked_at(self.guessed_of(), ip=self._ip(), counter=valkey.client())
            return _too_many(request, COME_AGAIN, 503)

    def form_valid(self, form: Any) -> HttpResponse:
        """It was right."""
        code_was_right(self.guessed_of(), ip=self._ip(), counter=valkey.client())
        return super().form_valid(form)  # type: ignore[misc,no-any-return]

    def guessed_of(self) -> str:
        """The address of the member whose code or password is guessed; empty where unknown."""
        return ""

    def _ip(self) -> str:
        return ip_of(self.request) or "unknown"


def _too_many(request: HttpRequest, seconds: int, status: int) -> HttpResponse:
    page = {"here": "", "minutes": -(-seconds // 60), "busy": status == 503}
    response = render(request, "desk/too_many.html", page, status=status)
    response["Retry-After"] = str(seconds)
    return response


class CodeAsked(Counted, base.AuthenticateView):  # type: ignore[misc]
    """At the door, after the password: a code, a recovery code, or a key."""

    template_name = "desk/second_asked.html"
    webauthn_form_class = ShownKey

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Look at the code of who has shown a password that still counts."""
        if not has_still_shown_a_password(request, self.stage.login.user):
            turned_back: HttpResponse = self.stage.abort()
            return turned_back
        return super().post(request, *args, **kwargs)

    def guessed_of(self) -> str:
        """Whoever has shown the password."""
        return str(self.stage.login.user.email)

    def form_invalid(self, form: Any) -> HttpResponse:
        """The page again, with what is wrong."""
        response: HttpResponse = super().form_invalid(form)
        response.status_code = 401
        return response


class PasswordAgain(Counted, ReauthenticateView):  # type: ignore[misc]
    """Asked for the password once more before a factor is changed."""

    template_name = "desk/password_again.html"

    def guessed_of(self) -> str:
        """Whoever is signed in."""
        return member_of(self.request).email


class Passkey(Counted, webauthn.LoginWebAuthnView):  # type: ignore[misc]
    """Signing in by a passkey alone: it is both factors, for the device asks who is there."""

    form_class = DoorKey


class Index(base.IndexView):  # type: ignore[misc]
    """What a member has, and what they could add."""

    template_name = "desk/second.html"

    def get_context_data(self, **named: Any) -> dict[str, Any]:
        """With it, whether the member's role demands one."""
        role = member_of(self.request).role
        demanded = needs_second_factor(role, settings.DIGEST_SECOND_FACTOR)
        given: dict[str, Any] = super().get_context_data(**named)
        return given | {"demanded": demanded}


class TurnAppOn(totp.ActivateTOTPView):  # type: ignore[misc]
    """A square to be scanned, and the first code."""

    template_name = "desk/second_app.html"

    def form_valid(self, form: Any) -> HttpResponse:
        """Written down, too; whoever else came in by the password alone is out."""
        _recorded(self.request, "turned on an authenticator app")
        _end_the_others(self.request)
        return super().form_valid(form)  # type: ignore[no-any-return]


class TurnAppOff(totp.DeactivateTOTPView):  # type: ignore[misc]
    """Asks whether it is meant."""

    template_name = "desk/second_app_off.html"

    def form_valid(self, form: Any) -> HttpResponse:
        """Written down, too."""
        _recorded(self.request, "turned off the authenticator app")
        return super().form_valid(form)  # type: ignore[no-any-return]


class AddKey(webauthn.AddWebAuthnView):  # type: ignore[misc]
    """A passkey or a security key."""

    template_name = "desk/second_key.html"
    form_class = NewKey

    def form_valid(self, form: Any) -> HttpResponse:
        """Written down, too; whoever else came in by the password alone is out."""
        _recorded(self.request, "added a key")
        _end_the_others(self.request)
        return super().form_valid(form)  # type: ignore[no-any-return]


class RemoveKey(webauthn.RemoveWebAuthnView):  # type: ignore[misc]
    """Asks whether it is meant."""

    template_name = "desk/second_key_off.html"

    def form_valid(self, form: Any) -> HttpResponse:
        """Written down, too; but the last one of a member who must have one stays."""
        if not get_adapter().can_delete_authenticator(self.object):
            form.add_error(None, "This is your last key.")
            return self.form_invalid(form)  # type: ignore[no-any-return]
        _recorded(self.request, "removed a key")
        return super().form_valid(form)  # type: ignore[no-any-return]


class Codes(codes.ViewRecoveryCodesView):  # type: ignore[misc]
    """The recovery codes, to be written down."""

    template_name = "desk/second_codes.html"


class NewCodes(codes.GenerateRecoveryCodesView):  # type: ignore[misc]
    """New ones in the place of the old."""

    template_name = "desk/second_new_codes.html"


def _end_the_others(request: HttpRequest) -> None:
    sessions.end_all(member_of(request), but=request.session.session_key or "")


def _recorded(request: HttpRequest, verb: str) -> None:
    member = member_of(request)
    audit.record(verb, member, now=clock.now(), member=member)


def within(view: type[Any]) -> View:
    """The page for who is signed in."""
    shown = view.as_view(extra_context={"here": ""})

    @require_http_methods(["GET", "HEAD", "POST"])
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer: HttpResponseBase = shown(request, *args, **kwargs)
        return _rendered(answer)

    return needs(Right.SEE_DESK, without_second_factor=True)(page)


def at_the_door(view: type[Any]) -> View:
    """The page for who has shown a password and no second factor yet."""
    shown = view.as_view(extra_context={"here": ""})

    @require_http_methods(["GET", "HEAD", "POST"])
    def page(request: HttpRequest) -> HttpResponseBase:
        answer: HttpResponseBase = shown(request)
        return shielded(_rendered(answer))

    return page


def _rendered(answer: HttpResponseBase) -> HttpResponseBase:
    """``answer`` with its words made, so that what its templates raise is raised here."""
    made = getattr(answer, "render", None)
    return made() if callable(made) else answer
