"""The page behind an unsubscribe link: leaving and resting, and nothing else of the reader's."""

from dataclasses import replace
from datetime import timedelta

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import redirect, render

from digest.audience.leaving.unsubscribe import leaving, pause, unsubscribe
from digest.kit.clock import now
from digest.kit.observe import log
from digest.web.public import speech, visitor
from digest.web.public.own.guard import own

RESTS = {f"rest-{days}": timedelta(days=days) for days in (7, 30, 90)}


@own
def unsubscribe_page(request: HttpRequest, token: str) -> HttpResponse:
    """What would end, and the button; takes RFC 8058's one-click POST from mailbox providers.

    Every POST unsubscribes, whatever its body, but our own button that asks for a rest. Only our
    own buttons are redirected, for RFC 8058 wants no redirect for the others.
    """
    if request.method == "POST":
        button = _button(request)
        at = visitor.circumstances(request)
        if button in RESTS:
            pause(token, until=now() + RESTS[button], now=now(), at=at)
            return redirect(request.path)
        unsubscribe(token, now=now(), everything=button == "everything", at=at)
        if button:
            return redirect(request.path)
        return HttpResponse("Unsubscribed.\n", content_type="text/plain; charset=utf-8")
    leave = leaving(token)
    speech.speak(leave.locale or speech.language())
    leave = replace(leave, names=speech.named(leave.names), others=speech.named(leave.others))
    return render(
        request,
        "public/unsubscribe.html",
        {"leave": leave, "to": speech.address(leave.channel, leave.value)},
    )


def _button(request: HttpRequest) -> str:
    """The button of our own page that was pressed; empty for a one-click POST or any other body."""
    try:
        form = request.POST
    except (BadRequest, SuspiciousOperation, MultiPartParserError, OSError, ValueError) as error:
        # The token says all that must be known; a body that nobody can read takes nothing back.
        log.info("unsubscribing with an unreadable body", reason=str(error)[:200])
        return ""
    return "" if "List-Unsubscribe" in form else form.get("what", "")
