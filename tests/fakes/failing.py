"""Tasks and a page that fail while they hold what must never leave the house."""

import logging

from celery import shared_task
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from digest import urls

ADDRESS = "anna.kim@readers.example"
PHONE = "+65 8123 4567"
BARE_PHONE = "6581234567"
LOCAL = "known-to-a-local-variable-alone"
TOKEN = "7.kq3-Reader_Token.Zx81"
LINK = f"https://news.example/unsubscribe/{TOKEN}"
SECRETS = (ADDRESS, "anna.kim", PHONE, BARE_PHONE, TOKEN, LOCAL)


class Broken(RuntimeError):
    """What the tests look for."""


def fail() -> None:
    """Log and raise, with a reader's data in messages, arguments and local variables."""
    recipient = {"to": ADDRESS, "phone": PHONE, "note": LOCAL}
    logging.getLogger("digest.fake").warning("about to send to %s", recipient["to"])
    try:
        raise ValueError(f"550 <{ADDRESS}> unknown; {BARE_PHONE} too")
    except ValueError as error:
        raise Broken(f"cannot reach {ADDRESS} or {PHONE}, see {LINK}") from error


@shared_task(name="fakes.broken")
def broken() -> None:
    """Fails; without a route it waits in the default queue."""
    fail()


def page(request: HttpRequest, token: str) -> HttpResponse:
    """A reader's page that fails."""
    fail()
    return HttpResponse()


handler404, handler500 = urls.handler404, urls.handler500
urlpatterns = [path("preferences/<str:token>", page), path("", include("digest.urls"))]
