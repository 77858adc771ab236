"""Behind a counted link: straight to where it leads, whatever else is out of order."""

from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_safe

from digest.kit import clock
from digest.kit.observe import log
from digest.outbound.delivery.followed import note
from digest.outbound.messages import counted, links
from digest.web.public.visitor import ip_of


@require_safe
def go(request: HttpRequest, copy: str, story: str, signature: str) -> HttpResponse:
    """To the address that we signed, and to no other; counted where the newsroom counts."""
    to = request.GET.get("to", "")
    if not counted.leads_to(settings.SECRET_KEY, story, signature, to):
        raise Http404
    if settings.DIGEST_COUNT_CLICKS:
        _note(request, copy, story, signature)
    answer = HttpResponseRedirect(to)
    # Whoever is led on learns nothing of the copy, and the next reader asks anew.
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _note(request: HttpRequest, part: str, story: str, signature: str) -> None:
    copy = counted.read_copy(settings.SECRET_KEY, part)
    if copy is None:
        return
    told = links.uuid_of(story)
    agent = request.headers.get("User-Agent", "")
    try:
        note.note(
            copy,
            story=str(told) if told else None,
            link=signature,
            at=clock.now(),
            by_machine=note.is_machine(request.method or "", agent, ip_of(request) or ""),
        )
    except DatabaseError as error:
        log.warning("a followed link was not counted", reason=type(error).__name__)
