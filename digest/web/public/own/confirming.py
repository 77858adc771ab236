"""The page where the owner of an address confirms what was asked for, each request for itself."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from digest.audience.joining.confirm import awaiting, confirm
from digest.kit.clock import now
from digest.web.public import speech, visitor
from digest.web.public.own import standing
from digest.web.public.own.guard import own
from digest.web.public.own.lost_link import link_for


@own
def confirm_page(request: HttpRequest, token: str, number: int = 0) -> HttpResponse:
    """What waits for confirmation, and a button for each request; ``number`` shows one alone.

    It opens nothing else: the link to the reader's own page comes by mail.
    """
    if request.method == "POST":
        if request.POST.get("do") == "link":
            held = awaiting(token, now=now())
            link_for(held.channel, held.value)
            return redirect(f"{request.path}?mailed=1")
        chosen = request.POST.get("request", "")
        chosen_number = int(chosen) if chosen.isdecimal() and len(chosen) < 4 else number or 1
        confirm(token, chosen_number, now=now(), at=visitor.circumstances(request))
        return redirect(request.path)
    held = awaiting(token, now=now())
    speech.speak(held.locale)
    shown = [each for each in held.requests if number in (0, each.number)]
    page = {
        "to": speech.address(held.channel, held.value),
        "waiting": [
            {
                "number": each.number,
                "names": speech.named(each.names),
                "when": standing.when(each.schedule),
            }
            for each in shown
            if each.names
        ],
        "begun": list(dict.fromkeys(speech.named(n for each in shown for n in each.begun))),
        "when": next((standing.when(each.schedule) for each in shown if each.schedule), ""),
        "mailed": request.GET.get("mailed") == "1",
    }
    return render(request, "public/confirm.html", page)
