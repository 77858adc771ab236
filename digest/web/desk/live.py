"""The small question that every open page asks: has anything that I show changed?"""

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.views.decorators.http import require_safe

from digest.staff.access import Right
from digest.web.desk.guard import needs
from digest.web.desk.stamps import stamp_of


@require_safe
@needs(Right.SEE_DESK, asks_for_news=True)
def stamp_page(request: HttpRequest) -> HttpResponseBase:
    """The stamp of what ``?watch=`` names, as text and ETag; 304 while it is the one known."""
    stamp = stamp_of(request, request.GET.get("watch", ""))
    if request.headers.get("If-None-Match", "").strip('W/"') == stamp:
        return HttpResponseNotModified()
    return HttpResponse(stamp, content_type="text/plain", headers={"ETag": f'"{stamp}"'})
