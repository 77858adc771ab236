"""What a request waits for in its own thread has an end."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from digest.staff import hashing


def passwords_in_time(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: whatever page looks at a password, it knows within a deadline or says 503."""

    def answer(request: HttpRequest) -> HttpResponse:
        with hashing.in_time():
            return get_response(request)

    return answer
