"""A reader's own data, behind a link that was asked for and counts for a day."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render

from digest.audience.leaving.erase import erase
from digest.audience.models.letters import Letter
from digest.audience.preferring.own_links import own_data
from digest.kit.clock import now
from digest.models import Address
from digest.outbound.delivery.figures.own_data import of_person
from digest.web.public import speech, visitor
from digest.web.public.own.guard import own


@own
def export_page(request: HttpRequest, token: str) -> HttpResponse:
    """A button, and behind it everything that is stored on the reader."""
    address_id = own_data(Letter.Kind.EXPORT, token, now=now())
    if request.method != "POST":
        return _page(request, "export", address_id)
    response = JsonResponse(
        of_person(address_id, now=now()) or {},
        json_dumps_params={"indent": 2, "ensure_ascii": False},
    )
    response.headers["Content-Disposition"] = 'attachment; filename="my-subscriptions.json"'
    return response


@own
def erase_page(request: HttpRequest, token: str) -> HttpResponse:
    """The button that erases everything; afterwards the token opens nothing, for nothing is there.

    The letter goes with the address, so who comes back is told that it no longer counts.
    """
    address_id = own_data(Letter.Kind.ERASE, token, now=now())
    if request.method != "POST":
        return _page(request, "erase", address_id)
    erase(address_id, now=now(), at=visitor.circumstances(request))
    return redirect("public:forgotten")


def forgotten(request: HttpRequest) -> HttpResponse:
    """What is said when everything was erased."""
    return render(request, "public/forgotten.html")


def _page(request: HttpRequest, purpose: str, address_id: int) -> HttpResponse:
    address = Address.objects.get(pk=address_id)
    to = speech.address(address.channel, address.value)
    return render(request, "public/own_data.html", {"purpose": purpose, "to": to})
