"""The pages of a change of address: the new address confirms it, the old one stops it or agrees."""

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from digest.audience.moving import making
from digest.kit.clock import now
from digest.outbound.channels import registry
from digest.web.public import speech, visitor
from digest.web.public.own.guard import own
from digest.web.public.speech import gettext


@own
def move_page(request: HttpRequest, token: str) -> HttpResponse:
    """The button by which the new address confirms, and what comes of it afterwards."""
    moving = making.to_confirm(token, now=now())
    speech.speak(moving.locale)
    if request.method == "POST":
        at = visitor.circumstances(request, text=gettext("Yes, send it to me here"))
        making.confirm_move(token, kinds=registry.address_kinds(), now=now(), at=at)
        return redirect(request.path)
    return _page(request, "public/move.html", moving)


@own
def stay_page(request: HttpRequest, token: str) -> HttpResponse:
    """The buttons by which the old address stops the change or agrees."""
    moving = making.to_stop(token, now=now())
    speech.speak(moving.locale)
    if request.method == "POST":
        what, kinds = request.POST.get("do", ""), registry.address_kinds()
        if what == "stop":
            making.stop(token, kinds=kinds, now=now())
        elif what == "agree":
            making.agree(token, kinds=kinds, now=now())
        return redirect(request.path)
    return _page(request, "public/stay.html", moving)


def _page(request: HttpRequest, template: str, moving: making.Moving) -> HttpResponse:
    at = moving.takes_effect_at
    page = {
        "moving": replace(moving, names=speech.named(moving.names)),
        "old": speech.address(moving.channel, moving.old),
        "new": speech.address(moving.channel, moving.new) if moving.new else "",
        "day": at.date() if at is not None else None,
    }
    return render(request, template, page)
