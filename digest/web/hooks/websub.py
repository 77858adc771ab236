"""Hubs call back here: they verify what we asked for (GET) and push what is new (POST)."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from digest.intake.feeds.formats import hubs
from digest.intake.feeds.websub import subscribe
from digest.kit.clock import now
from digest.kit.observe import log


@csrf_exempt
@require_http_methods(["GET", "POST"])
def hook(request: HttpRequest, token: str) -> HttpResponse:
    """The callback of one feed; its address is signed, so nobody else knows it."""
    feed_id = subscribe.feed_of(token)
    if feed_id is None:
        return HttpResponse("There is no such subscription.\n", status=404)
    return _verify(request, feed_id) if request.method == "GET" else _take(request, feed_id)


def _verify(request: HttpRequest, feed_id: int) -> HttpResponse:
    given = {name: request.GET.get(f"hub.{name}", "") for name in
             ("mode", "topic", "challenge", "lease_seconds", "reason")}  # fmt: skip
    if given["mode"] == "denied":
        subscribe.deny(feed_id, given["topic"], given["reason"], now=now())
        return HttpResponse("Noted.\n")
    wanted = subscribe.confirm(
        feed_id, given["mode"], given["topic"], given["lease_seconds"], now=now()
    )
    if not wanted or not given["challenge"]:
        return HttpResponse("We did not ask for that.\n", status=404)
    return HttpResponse(given["challenge"][:4000], content_type="text/plain; charset=utf-8")


def _take(request: HttpRequest, feed_id: int) -> HttpResponse:
    length = request.headers.get("Content-Length", "")
    if not length.isdecimal() or int(length) > hubs.MAX_BODY:
        return HttpResponse("Too long, or of unknown length.\n", status=413)
    # Not request.body: Django's own cap is made for forms.
    body = request.read(hubs.MAX_BODY + 1)
    if len(body) > hubs.MAX_BODY:
        return HttpResponse("Too long.\n", status=413)
    kept = subscribe.receive(
        feed_id,
        body,
        signature=request.headers.get("X-Hub-Signature", ""),
        content_type=request.headers.get("Content-Type", ""),
        now=now(),
    )
    if kept is None:
        return HttpResponse("Nobody reads this any more.\n", status=410)
    if not kept and "X-Hub-Signature" not in request.headers:
        return HttpResponse("Sign it with the secret that we gave you.\n", status=403)
    if not kept:
        # As the specification says: a success, so that nobody can try signatures out (7).
        log.warning("push dropped", feed=feed_id)
    return HttpResponse("Received.\n", status=202)
