"""A client for a hundred thousand requests: Django's own keeps something of each.

``django.test.Client`` connects three receivers to signals for each request, and each leaves a
finalizer that lives as long as the process: about a megabyte by a thousand requests, which looks
like a leak of the service. This one asks the same handler, and begins and ends each request as a
server does.
"""

from typing import Any

from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIRequest
from django.core.signals import request_started
from django.http import HttpResponseBase
from django.test import Client


class Handler(BaseHandler):
    """Answers an environment, with every middleware, as a server would have it answered."""

    def __init__(self) -> None:
        super().__init__()
        self.load_middleware()

    def __call__(self, environ: dict[str, Any]) -> HttpResponseBase:
        """The answer, which whoever asked has to close."""
        request_started.send(sender=type(self), environ=environ)
        request = WSGIRequest(environ)
        # A form's guard would turn all away at the door: it has tests of its own.
        request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
        answer: HttpResponseBase = self.get_response(request)
        return answer


class Visitor(Client):
    """A browser with cookies that leaves nothing behind, however many requests it makes."""

    def __init__(self) -> None:
        super().__init__(raise_request_exception=False)
        self._ask = Handler()

    def request(self, **request: Any) -> Any:
        """Ask, read the answer to its end, keep its cookies."""
        answer = self._ask(self._base_environ(**request))  # type: ignore[attr-defined]
        try:
            for _ in answer if answer.streaming else ():
                pass
        finally:
            answer.close()
        if answer.cookies:
            self.cookies.update(answer.cookies)
        return answer
