"""The picture above an alert: which one the desk shows, alone in a frame.

It comes from an outlet. The desk's own pages load nothing from elsewhere, so a frame from which
nothing can act holds it, as one holds a mail.
"""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from digest.newsdesk.alerts import illustrate
from digest.newsdesk.alerts.models import Alert
from digest.newsdesk.picture import Picture
from digest.outbound.messages.reading import Photo, photo_of
from digest.staff.access import Right
from digest.web.desk.guard import MAIL_POLICY, needs


@require_safe
@xframe_options_sameorigin
@needs(Right.SEE_DESK)
def picture_page(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """The picture alone, for the frame; an empty page where there is none."""
    alert = get_object_or_404(Alert, public_id=public_id)
    answer: HttpResponse = render(request, "desk/alert_frame.html", {"photo": offered(alert)})
    answer.headers["Content-Security-Policy"] = MAIL_POLICY
    return answer


def offered(alert: Alert) -> Photo | None:
    """The picture that may be shown or left out, of what went out the one that went."""
    waiting = (Alert.State.DRAFT, Alert.State.APPROVED)
    found: Picture | None = alert.picture
    if alert.state in waiting:
        found = illustrate.offered(alert)
    return photo_of(found, alert.headline)
