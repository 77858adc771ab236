"""Words that a channel's provider has to approve: how they stand, and handing them in."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from digest.kit import clock
from digest.outbound.channels import registry
from digest.outbound.channels.provider_templates import OwnTemplate
from digest.outbound.channels.spec import ChannelSpec
from digest.outbound.delivery.templates import watch
from digest.outbound.delivery.templates.listing import listed_templates
from digest.staff.access import Right
from digest.web.desk import times
from digest.web.desk.guard import can, member_of, needs, not_done


@require_safe
@needs(Right.SEE_DESK)
def list_page(request: HttpRequest) -> HttpResponseBase:
    """Each template of ours in each language."""
    now, member = clock.now(), member_of(request)
    context = {
        "here": "templates",
        "listed": listed_templates(now=now),
        "may_steer": can(request, Right.RUN_SENDS),
        "when": lambda at: times.day_and_time(at, member.time_zone, now),
    }
    return render(request, "desk/templates.html", context)


@require_POST
@needs(Right.RUN_SENDS)
def look(request: HttpRequest) -> HttpResponseBase:
    """Ask the provider now."""
    spec = _spec(request)
    if spec is None or not watch.look(spec, now=clock.now()):
        not_done(request, "The provider could not be asked; see below.")
    else:
        messages.success(request, "Looked at just now.")
    return redirect("desk:templates")


@require_POST
@needs(Right.RUN_SENDS)
def submit(request: HttpRequest) -> HttpResponseBase:
    """Hand one in, again where the provider has refused it."""
    spec = _spec(request)
    own = _own(spec, request.POST.get("template", "")[:200]) if spec else None
    if spec is None or own is None:
        not_done(request, "There is no such template.")
        return redirect("desk:templates")
    try:
        watch.submit(spec, own, now=clock.now(), member=member_of(request))
    except watch.CannotSubmit as error:
        not_done(request, str(error))
    else:
        messages.success(request, f"{own.name} in {own.tongue} is handed in.")
    return redirect("desk:templates")


def _spec(request: HttpRequest) -> ChannelSpec | None:
    name = request.POST.get("channel", "")
    return next((each for each in watch.with_templates() if each.name == name), None)


def _own(spec: ChannelSpec, key: str) -> OwnTemplate | None:
    ours = watch.book_of(spec).ours(registry.config(spec.name, settings))
    return next((each for each in ours if each.key == key), None)
