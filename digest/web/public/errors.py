"""The pages for what is not there, for what broke, and for what has no room just now."""

import sys
from typing import Any

from django.conf import settings
from django.db import DataError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from psycopg.errors import IdleInTransactionSessionTimeout

from digest.staff.hashing import PasswordsBusy
from digest.web.public.speech import spoken
from digest.web.readable import plain, refused
from digest.web.serving import answers


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """404, with a way on; an editor who is signed in stays on the desk."""
    user = getattr(request, "user", None)
    if request.path.startswith("/desk/") and user is not None and user.is_authenticated:
        return render(request, "desk/not_found.html", {"here": ""}, status=404)
    return _nothing(request)


@spoken
def _nothing(request: HttpRequest) -> HttpResponse:
    return render(request, "404.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """500; or 503 when the database has no connection or no time for us, which passes,
    or a password could not be looked at in time.

    Touches no database and no request: one of them may be what broke.
    """
    error = sys.exc_info()[1]
    if isinstance(error, DataError):
        # What was sent is of no value that the database has, such as a number of twenty digits.
        return refused()
    too_slow = isinstance(getattr(error, "__cause__", None), IdleInTransactionSessionTimeout)
    if too_slow or isinstance(error, OperationalError | InterfaceError | PasswordsBusy):
        return plain(answers.BUSY)
    words = render_to_string("500.html", {"newsroom": settings.DIGEST_NEWSROOM})
    return HttpResponse(words, status=500)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token, or with an old one (CSRF_FAILURE_VIEW): how to go on."""
    return plain(answers.TOO_OLD)
