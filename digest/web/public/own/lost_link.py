"""For who lost the link to their own page: it is mailed again, and the answer tells nothing."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from digest.audience.kinds import BadAddress
from digest.audience.preferring.own_links import wish_for_link
from digest.kit.clock import now
from digest.outbound.channels.spec import ChannelSpec
from digest.web.public import visitor
from digest.web.public.keeping import kept
from digest.web.public.offers import channels
from digest.web.public.own.guard import mailbox_of
from digest.web.public.speech import gettext
from digest.web.public.ways import way


class LostLinkForm(forms.Form):
    """A channel and the address on it."""

    channel = forms.CharField(required=False, max_length=32)

    def __init__(self, offered: tuple[ChannelSpec, ...], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = offered
        for each in offered:
            kind = each.address
            self.fields[kind.field] = forms.CharField(required=False, max_length=kind.longest)

    def clean(self) -> dict[str, Any]:
        """The address must fit its channel."""
        data = super().clean() or self.cleaned_data
        named = data.get("channel") or self.offered[0].name
        chosen = next((each for each in self.offered if each.name == named), None)
        if chosen is None:
            raise forms.ValidationError(gettext("Choose one of the channels."))
        data["channel"] = named
        try:
            data["address"] = chosen.address.normalise(data.get(chosen.address.field) or "")
        except BadAddress as error:
            self.add_error(chosen.address.field, gettext(str(error)))
        return data


# Nobody is signed in here and no cookie is read, so there is nothing a forged form could ride on.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@kept(60)
def link_page(request: HttpRequest) -> HttpResponse:
    """Asks for the address; answers the same, and as soon, for known and unknown."""
    offered = reachable()
    form = LostLinkForm(offered, request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _page(request, form)
    if not form.is_valid():
        return _page(request, form, status=422)
    if visitor.room_for_mail(request) is None:
        form.add_error(None, gettext(visitor.TOO_MANY))
        response = _page(request, form, status=429)
        response.headers["Retry-After"] = str(visitor.RETRY_AFTER)
        return response
    channel = form.cleaned_data["channel"]
    link_for(channel, form.cleaned_data["address"])
    return redirect(way("public:link-sent", ask={"by": channel}))


@require_safe
@kept(60, parameters=frozenset({"by"}))
def link_sent(request: HttpRequest) -> HttpResponse:
    """Look into your inbox, if you read us there."""
    offered = reachable()
    chosen = next((each for each in offered if each.name == request.GET.get("by")), offered[0])
    return render(request, "public/link_sent.html", {"channel": chosen})


def link_for(channel: str, address: str) -> None:
    """Have the link to its own page sent to an address, if we know it; at most one an hour."""
    wish_for_link(channel, address, mailbox_of(channel, address), now=now())


def reachable() -> tuple[ChannelSpec, ...]:
    """The channels on which somebody can be sent a link of their own."""
    return tuple(each for each in channels() if each.words.service is not None)


def _page(request: HttpRequest, form: LostLinkForm, *, status: int = 200) -> HttpResponse:
    given = form.data if form.is_bound else {}
    errors = form.errors if form.is_bound else {}
    page = {
        "channels": form.offered,
        "channel": given.get("channel") or form.offered[0].name,
        "typed": {
            each.address.field: given.get(each.address.field, "")[: each.address.longest]
            for each in form.offered
        },
        "errors": {name: " ".join(map(str, words)) for name, words in errors.items()},
    }
    return render(request, "public/link.html", page, status=status)
