"""A reader's own page: what they get, when, and until when it rests.

What shows or erases everything, and a new link in place of all older ones, comes by mail: whoever
holds an old mail can have a letter sent to the reader, and change what comes, and nothing more.
"""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from digest.audience.core import tokens
from digest.audience.core.alert_rules import AlertRules
from digest.audience.models.letters import Letter
from digest.audience.preferring import mute, own_links, prefer
from digest.audience.preferring.alert_rules import set_alert_rules
from digest.audience.preferring.reading_languages import set_languages
from digest.kit.clock import now
from digest.outbound.channels import registry
from digest.outbound.messages import links
from digest.web.public import alert_wishes, speech, times, tongues, visitor
from digest.web.public import offers as on_offer
from digest.web.public.forms import PreferencesForm
from digest.web.public.own import alert_channels, new_address, standing
from digest.web.public.own.guard import mailbox_of, own

_DATA = {"export": Letter.Kind.EXPORT, "erase": Letter.Kind.ERASE}
# What the page says after a button: the words stand in the template.
_SAID = {"saved", "export", "erase", "again", "renewed", "moving"}


@own
def preferences_page(request: HttpRequest, token: str) -> HttpResponse:
    """Topics, hours, pause; leaving, and letters that bring what nobody else may see."""
    page = tokens.read_preferences(settings.SECRET_KEY, token)
    held = standing.of(page.address_id)
    if held is None:
        return render(request, "public/forgotten.html")
    if held.link_generation != page.generation:
        raise tokens.Renewed("The reader has renewed this link.")
    speech.speak(held.locale)
    if request.method != "POST":
        return _preferences(request, held)
    what = request.POST.get("do", "")
    match what:
        case "export" | "erase":
            return _data(request, held, what)
        case "renew":
            return _renew(request, held)
        case "leave":
            prefer.prefer(held.address_id, _nothing(held, request), now=now())
            return _said(request, "saved")
        case "join" | "raise" | "part":
            return _channels(request, held, what)
        case "move" | "stay":
            return _move(request, held, what)
        case "mute" | "unmute":
            return _mute(request, held, what)
        case "save":
            return _save(request, held)
    # A POST without a button is nobody's wish: a program tried the address.
    return _preferences(request, held, status=400)


def _channels(request: HttpRequest, held: standing.ReaderChoices, what: str) -> HttpResponse:
    """The order in which channels bring alerts."""
    wrong = alert_channels.act(request, held, what)
    if wrong is not None:
        return _preferences(request, held, order=wrong, status=422)
    return _said(request, "saved")


def _move(request: HttpRequest, held: standing.ReaderChoices, what: str) -> HttpResponse:
    """Another address in the place of this one."""
    wrong = new_address.act(request, held, what)
    if wrong is not None:
        return _preferences(request, held, moving=wrong, status=wrong.status)
    return _said(request, "moving" if what == "move" else "saved")


def _mute(request: HttpRequest, held: standing.ReaderChoices, what: str) -> HttpResponse:
    """No more about a story, or again; the page then says which of the two is so."""
    code = request.POST.get("story", "")
    story = links.uuid_of(code)
    if story is not None and what == "mute" and held.verified:
        mute.mute(held.address_id, story, now=now())
    elif story is not None:
        mute.unmute(held.address_id, story)
    return redirect(f"{request.path}?story={code}" if story is not None else request.path)


def _story(request: HttpRequest, held: standing.ReaderChoices) -> dict[str, Any] | None:
    """The story that the link which was followed is about."""
    code = request.GET.get("story", "")
    story = links.uuid_of(code)
    told = mute.story_for(held.address_id, story) if story is not None else None
    return {"code": code, "told": told} if told else None


def _data(request: HttpRequest, held: standing.ReaderChoices, what: str) -> HttpResponse:
    """Mail the link to the reader's data; shown at once where the channel brings no links."""
    mailbox = mailbox_of(held.channel, held.value)
    letter = own_links.ask_for_data(held.address_id, _DATA[what], mailbox, now=now())
    if letter is not None and not _brings_links(held.channel):
        token = tokens.own_data_token(settings.SECRET_KEY, what, letter, held.link_generation)
        return redirect(f"public:{what}", token)
    return _said(request, what if letter is not None else "again")


def _renew(request: HttpRequest, held: standing.ReaderChoices) -> HttpResponse:
    mailbox = mailbox_of(held.channel, held.value)
    generation = own_links.renew(held.address_id, mailbox, now=now())
    if not _brings_links(held.channel):
        token = tokens.preferences_token(settings.SECRET_KEY, held.address_id, generation)
        return redirect("public:preferences", token)
    to = speech.address(held.channel, held.value)
    return render(request, "public/renewed.html", {"to": to})


def _brings_links(channel: str) -> bool:
    return registry.spec(channel).words.service is not None


def _said(request: HttpRequest, what: str) -> HttpResponse:
    return redirect(f"{request.path}?said={what}")


def _save(request: HttpRequest, held: standing.ReaderChoices) -> HttpResponse:
    open_now = on_offer.offers(now())
    form = PreferencesForm(held.offers(open_now), request.POST)
    rules = alert_wishes.given(request.POST, held, open_now)
    wrong = rules if isinstance(rules, alert_wishes.AlertWishes) else None
    speechless = tongues.refused(request.POST)
    if not form.is_valid() or wrong or speechless:
        return _preferences(request, held, form, wrong, speechless, status=422)
    moment = now()
    at = visitor.circumstances(request)
    try:
        with transaction.atomic():
            prefer.change(held.address_id, form.visit(moment), now=moment, at=at)
            if isinstance(rules, AlertRules):
                set_alert_rules(held.address_id, rules)
            tongue = tongues.changed(request.POST)
            set_languages(held.address_id, locale=tongue.locale, read=tongue.read)
    except prefer.NotVerified:
        return redirect(request.path)
    return _said(request, "saved")


def _preferences(
    request: HttpRequest,
    held: standing.ReaderChoices,
    form: PreferencesForm | None = None,
    wishes: alert_wishes.AlertWishes | None = None,
    speechless: tongues.TongueChoices | None = None,
    *,
    order: alert_channels.ChannelOrder | None = None,
    moving: new_address.NewAddress | None = None,
    status: int = 200,
) -> HttpResponse:
    given = form.given if form else None
    hour = given.get("hour", "") if given else held.hour
    zone = given.get("zone", "") if given else held.zone
    open_lately = on_offer.latest.lately(now())
    said = request.GET.get("said", "")
    page: dict[str, Any] = {
        "own": held,
        "offers": held.offers(open_lately),
        "to": speech.address(held.channel, held.value),
        "errors": _wrong(form, speechless),
        "picked": {kind: given.getlist(kind) for kind in ("newsletters", "topics")}
        if given
        else {"newsletters": held.newsletters, "topics": held.topics},
        "alerts": bool(given.get("alerts")) if given else held.alerts,
        "order": order or alert_channels.shown(held),
        "moving": moving or new_address.shown(held),
        "wishes": wishes or alert_wishes.shown(held, open_lately),
        "rhythm": given.get("rhythm", "daily") if given else held.rhythm,
        "hour": hour,
        "zone": zone,
        "rhythms": times.rhythm_choices(),
        "hours": times.hour_choices(hour),
        "zones": times.zone_choices(now(), zone),
        "paused": standing.paused,
        "tongues": speechless or tongues.shown(held.locale, held.reads),
        "story": _story(request, held),
        "said": said if said in _SAID else "",
    }
    return render(request, "public/preferences.html", page, status=status)


def _wrong(
    form: PreferencesForm | None, speechless: tongues.TongueChoices | None
) -> dict[str, str]:
    found = form.complaints if form else {}
    return found | ({"reads": speechless.trouble} if speechless else {})


def _nothing(held: standing.ReaderChoices, request: HttpRequest) -> prefer.Preferences:
    """The wish to get nothing at all any more; the hour is kept for a return."""
    return prefer.Preferences(**held.when, at=visitor.circumstances(request))
