"""Pages that are the same for every reader: kept by the gate, by caches on the way, by browsers."""

import hashlib
from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response

from digest.audience.core import languages
from digest.web.public.speech import PARAMETER

View = Callable[..., HttpResponse]

# A browser asks each time, and is mostly told that nothing has changed; a cache on the way may
# answer for ten seconds by itself, and for a minute while it asks.
_SHARED = "public, max-age=0, s-maxage=10, stale-while-revalidate=60"


def kept(seconds: int, *, parameters: frozenset[str] = frozenset()) -> Callable[[View], View]:
    """Let the view's page be kept for ``seconds`` while nothing published changes.

    It may depend on its path, on ``parameters`` of its query and on the headers of its Vary, and
    on nothing else: asked with other parameters, such as an address to fill in, it is not kept. In
    each language that we speak it is another page, by Vary or by its address.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def keeping(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            response = view(request, *args, **kwargs)
            if request.method not in {"GET", "HEAD"} or response.status_code not in {200, 302}:
                return response
            if not parameters.issuperset(_asked(request)):
                response.headers.setdefault("Cache-Control", "private, no-store")
                return response
            if "Cache-Control" in response.headers:
                return response
            response.headers["Cache-Control"] = _SHARED
            response.headers["Digest-Keep"] = str(seconds)
            if response.status_code != 200:
                return response
            # Weak, for the same page may be compressed on its way (RFC 9110, 8.8.3).
            etag = f'W/"{hashlib.sha256(response.content).hexdigest()[:24]}"'
            response.headers["ETag"] = etag
            found = get_conditional_response(request, etag=etag, response=response)
            return found if isinstance(found, HttpResponse) else response

        return keeping

    return decorate


def _asked(request: HttpRequest) -> set[str]:
    """The parameters of the address, but for one of our languages."""
    asked = set(request.GET)
    return asked - {PARAMETER} if request.GET.get(PARAMETER) in languages.SPOKEN else asked
