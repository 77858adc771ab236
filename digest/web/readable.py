"""What nobody can read goes no further than the door: NUL in an address or in a form's field."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError

from digest.web.serving import answers

# Webhooks are signed over their very bytes, and a one-click unsubscribe counts whatever it holds.
_BYTES = ("/hooks/", "/unsubscribe/")
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class Readable:
    """Middleware: 400 for text that neither a page nor PostgreSQL can hold."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        if "\0" in request.path or "%00" in query or "\0" in query or self._in_form(request):
            return refused()
        return self._get_response(request)

    def _in_form(self, request: HttpRequest) -> bool:
        if request.method != "POST" or request.path.startswith(_BYTES):
            return False
        if request.content_type not in _FORMS:
            return False
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return False  # too long: Django's own refusal is right
        try:
            return any(
                "\0" in name or any("\0" in value for value in values)
                for name, values in request.POST.lists()
            )
        except (BadRequest, SuspiciousOperation, MultiPartParserError, OSError, ValueError):
            # A body that is no form after all; RFC 9110, 15.5.1.
            return True


def refused() -> HttpResponse:
    """The answer to it."""
    return plain(answers.UNREADABLE)


def plain(answer: answers.Answer) -> HttpResponse:
    """An answer of the gate's, given by Django."""
    headers = {name.decode(): value.decode() for name, value in answer.headers}
    return HttpResponse(answer.body, status=answer.status, headers=headers)
