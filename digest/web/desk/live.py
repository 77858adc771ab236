"""The small question that every open page asks: has anything that I show changed?"""

from django.conf import settings
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotModified,
    QueryDict,
    parse_cookie,
)
from django.views.decorators.http import require_safe

from digest.kit import clock
from digest.staff.access import Right
from digest.web.desk.guard import POLICY, needs
from digest.web.desk.lately import lately
from digest.web.desk.stamps import known_stamp_of, stamp_of
from digest.web.headers import PERMISSIONS
from digest.web.serving.answers import Answer, Headers
from digest.web.serving.asked import Asked

PATH = "/desk/live"
# What Django's middlewares put on its own answer, which a test compares.
_HEADERS: Headers = [
    (b"content-security-policy", POLICY.encode()),
    (b"cache-control", b"private, no-store"),
    (b"permissions-policy", PERMISSIONS.encode()),
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", settings.SECURE_REFERRER_POLICY.encode()),
    (b"cross-origin-opener-policy", b"same-origin"),
]


@require_safe
@needs(Right.SEE_DESK, asks_for_news=True)
def stamp_page(request: HttpRequest) -> HttpResponseBase:
    """The stamp of what ``?watch=`` names, as text and ETag; 304 while it is the one known."""
    stamp = stamp_of(request, request.GET.get("watch", ""))
    if _is(request.headers.get("If-None-Match", ""), stamp):
        return HttpResponseNotModified()
    return HttpResponse(stamp, content_type="text/plain", headers={"ETag": f'"{stamp}"'})


def at_once(asked: Asked) -> Answer | None:
    """The same answer without a thread, where the member is known from a moment ago and so is what
    changed; None where Django has to look.

    Thirty open pages ask ten times a second, each time on a processor that has forgotten Django
    meanwhile: the way through it costs ten times what it does in a row.
    """
    cookies = parse_cookie(asked.headers.get(b"cookie", b"").decode("latin-1"))
    if lately.find(cookies.get(settings.SESSION_COOKIE_NAME, "")) is None:
        return None
    stamp = known_stamp_of(QueryDict(asked.query).get("watch", "") or "", clock.now())
    if stamp is None:
        return None
    headers, kept = _HEADERS, settings.SECURE_HSTS_SECONDS
    if asked.scheme == b"https" and kept:
        headers = [*headers, (b"strict-transport-security", f"max-age={kept}".encode())]
    if _is(asked.headers.get(b"if-none-match", b"").decode("latin-1"), stamp):
        return Answer(304, headers)
    etag = (b"etag", f'"{stamp}"'.encode())
    return Answer(200, [(b"content-type", b"text/plain"), etag, *headers], stamp.encode())


def _is(known: str, stamp: str) -> bool:
    return known.strip('W/"') == stamp
