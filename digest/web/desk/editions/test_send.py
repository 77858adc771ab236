"""Send test: the edition as it stands, to the editor's own address."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from digest.kit import clock
from digest.newsdesk.editions.preview import content_of
from digest.outbound.delivery.planning.rehearsal import NotRehearsed, rehearse
from digest.staff import audit
from digest.staff.access import Right
from digest.web.desk.editions.sheet import edition_of
from digest.web.desk.guard import member_of, needs, not_done


@require_POST
@needs(Right.CURATE)
def send_test(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Only ever to whoever is signed in: no form can make this a way to write to strangers."""
    edition, member, now = edition_of(public_id), member_of(request), clock.now()
    content = content_of(edition.pk)
    if not content.items:
        not_done(request, "The edition is empty: add a story, then send the test.")
        return redirect("desk:sheet", edition.public_id)
    try:
        rehearse(content, member.email, now=now)
    except NotRehearsed as error:
        not_done(request, f"The test was not sent. {error}")
    else:
        audit.record("sent a test of", edition, now=now, member=member)
        messages.success(request, f"A test is on its way to {member.email}.")
    return redirect("desk:sheet", edition.public_id)
