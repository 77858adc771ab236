"""What every page of the desk must pass: signed in, with the right, and behind a strict policy."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from digest.staff.access import Right, Role, may, rights, within
from digest.staff.members import Member
from digest.staff.second_factor import lacks_second_factor
from digest.web.desk.lately import lately, session_of
from digest.web.desk.members.scope import is_theirs, names_of
from digest.web.desk.stamps import latest

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
# A mail is shown as its reader's program would show it: pictures, its own styles, never a script.
MAIL_POLICY = (
    "sandbox; default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline'; "
    "font-src https:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def needs(
    right: Right, *, asks_for_news: bool = False, without_second_factor: bool = False
) -> Callable[[View], View]:
    """Let a view be reached only by a signed-in member who holds ``right``.

    A stranger goes to the sign-in page and comes back afterwards; a member without the right is
    told who has it, and one who has some newsletters alone that this is none of theirs. Who must
    have a second factor and has none sets it up first, on pages that are
    ``without_second_factor``. Pages are made from stamps of this moment; what only
    ``asks_for_news`` does with those of the last two, and who asked a moment ago is known still.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if asks_for_news and _asked_lately(request):
                return shielded(view(request, *args, **kwargs))
            if not request.user.is_authenticated:
                return _in_place(request, shielded(redirect_to_login(_back(request))), done=False)
            if not may(member_of(request).role, right):
                holders = [role.label for role in Role if right in rights(role)]
                return shielded(refused(request, right.value, holders))
            if not without_second_factor and lacks_second_factor(
                member_of(request), request.session
            ):
                return _in_place(request, shielded(redirect("mfa_index")), done=False)
            if asks_for_news:
                lately.note(session_of(request), member_of(request))
            member = member_of(request)
            looks_only = right is not Right.SEE_DESK and not is_theirs(request, member, kwargs)
            if looks_only and request.method not in ("GET", "HEAD"):
                return shielded(out_of_scope(request, member))
            # Nothing of such a page can be pressed: its frame sees to that, for all of them.
            request.desk_looks_only = (  # type: ignore[attr-defined]
                names_of(member.scope) if looks_only else ""
            )
            stamps = latest.stamps() if asks_for_news else latest.right_now()
            request.desk_stamps = stamps  # type: ignore[attr-defined]
            return _in_place(request, shielded(view(request, *args, **kwargs)))

        guarded.right = right  # type: ignore[attr-defined]
        return cast(View, guarded)

    return decorate


def can(request: HttpRequest, right: Right, newsletter: int | None = None) -> bool:
    """Whether who is signed in may do that to what belongs to ``newsletter``, or to none."""
    member = member_of(request)
    return may(member.role, right) and within(member.scope, newsletter)


def not_done(request: HttpRequest, words: str) -> None:
    """Say on the page that comes next why nothing was done; what was typed stays unsaved."""
    messages.error(request, words)
    request.desk_not_done = True  # type: ignore[attr-defined]


def member_of(request: HttpRequest) -> Member:
    """The signed-in member behind a request that passed :func:`needs`."""
    return cast(Member, request.user)


def shielded(response: HttpResponseBase) -> HttpResponseBase:
    """``response`` with the desk's content policy, and kept out of every cache."""
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _asked_lately(request: HttpRequest) -> bool:
    """Let who was let ask for news a moment ago ask again, with no look at their session."""
    member = lately.find(session_of(request))
    if member is None:
        return False
    request.user = member
    request.desk_stamps = latest.stamps()  # type: ignore[attr-defined]
    return True


def _back(request: HttpRequest) -> str:
    """Where somebody goes on after signing in: to the page that is on their screen."""
    here = request.headers.get("X-Desk", "")
    if request.method == "GET" and here not in ("live", "view"):
        return request.get_full_path()
    safe = url_has_allowed_host_and_scheme(here, allowed_hosts=None)
    return here if here.startswith("/desk/") and safe else "/desk/"


def _in_place(
    request: HttpRequest, response: HttpResponseBase, *, done: bool = True
) -> HttpResponseBase:
    """For a form that is answered in place: its own page again, or the name of the next one.

    The page says in ``X-Desk`` which one it is. Were it to follow a redirect to another, that one's
    messages would be used up before anybody saw them. What was not ``done`` is said not to be, also
    where the same page comes back, so that it keeps the words for when somebody comes back to it.
    """
    done = done and not getattr(request, "desk_not_done", False)
    here, to = request.headers.get("X-Desk", ""), response.headers.get("Location", "")
    if request.method != "POST" or not here or not to or (done and to == here):
        return response
    headers = {"X-Desk-To": to} if done else {"X-Desk-To": to, "X-Desk-Not-Done": "1"}
    return shielded(HttpResponse(status=204, headers=headers))


def out_of_scope(request: HttpRequest, member: Member) -> HttpResponseBase:
    """The page for who would change what is not of their newsletters."""
    context = {"scope": names_of(member.scope), "here": ""}
    return render(request, "desk/refused.html", context, status=403)


def refused(request: HttpRequest, right: str, holders: list[str]) -> HttpResponseBase:
    """The page that says which right is missing, and which roles hold it."""
    context = {"right": right, "holders": holders, "scope": "", "here": ""}
    return render(request, "desk/refused.html", context, status=403)
