"""The page behind the question whether somebody still wants our mail: one button."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from digest.audience.notes.quiet import keep, question
from digest.kit.clock import now
from digest.web.public import speech, visitor
from digest.web.public.own.guard import own


@own
def keep_page(request: HttpRequest, token: str) -> HttpResponse:
    """The button, and afterwards that all stays as it is. It opens nothing else of the reader's."""
    if request.method == "POST":
        keep(token, now=now(), at=visitor.circumstances(request))
        return redirect(request.path)
    asked = question(token)
    speech.speak(asked.locale)
    return render(request, "public/keep.html", {"asked": asked})
