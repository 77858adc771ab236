"""``/api/v1/push-tokens``: the newsroom's app says which device wants what.

Bearer key, JSON in and out, errors as problem+json (RFC 9457). A POST says all that the device is
to get from now on, so that sending it again changes nothing; a DELETE ends everything.
``platform`` names the channel, one whose spec lets apps register; without it the first that this
installation has is meant.
"""

import hmac
import json
import re
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from digest.audience.core.cells import storable
from digest.audience.joining import by_act
from digest.audience.joining.subscribe import SignUp
from digest.audience.kinds import BadAddress
from digest.audience.preferring import own_links
from digest.kit.clock import now
from digest.kit.errors import InvalidInput
from digest.outbound.channels import registry
from digest.outbound.channels.apps import AppRegistration
from digest.outbound.channels.spec import ChannelSpec
from digest.outbound.messages import links
from digest.outbound.messages.hours import is_zone
from digest.web.public import visitor

_LONGEST = 64 * 1024
_ACT = "app"
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")
_KNOWN = frozenset(
    {
        *("platform", "registration", "replaces", "alerts", "newsletters", "topics"),
        *("language", "zone", "consent"),
    }
)


Platform = tuple[ChannelSpec, AppRegistration]


class ApiProblem(InvalidInput):
    """What is answered instead: a status, and what to do about it."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail = status, title, detail


@csrf_exempt
@require_http_methods(["POST", "DELETE"])
def push_tokens(request: HttpRequest) -> HttpResponse:
    """Register a device, change what it gets, or end it."""
    try:
        offered = _authorised(request)
        told = _body(request)
        platform = _platform(told, offered)
        act = _register if request.method == "POST" else _end
        answer = act(request, told, platform)
    except ApiProblem as problem:
        answer = JsonResponse(
            {
                "type": "about:blank",
                "title": problem.title,
                "status": problem.status,
                "detail": problem.detail,
            },
            status=problem.status,
            content_type="application/problem+json",
        )
        if problem.status == 401:
            answer.headers["WWW-Authenticate"] = "Bearer"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _authorised(request: HttpRequest) -> tuple[Platform, ...]:
    """The channels to apps whose key the request brings."""
    offered = [
        (spec, spec.apps)
        for spec in registry.usable(settings.DIGEST_CHANNELS)
        if spec.apps is not None
    ]
    if not offered:
        raise ApiProblem(404, "Not offered", "This installation sends nothing to apps.")
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
    allowed = []
    for spec, apps in offered:
        key = str(getattr(registry.config(spec.name, settings), apps.key)).encode()
        if key and hmac.compare_digest(key, given):
            allowed.append((spec, apps))
    if not allowed:
        raise ApiProblem(401, "Unknown key", "Send “Authorization: Bearer” with the app's key.")
    return tuple(allowed)


def _platform(told: dict[str, Any], offered: tuple[Platform, ...]) -> Platform:
    """The one that is asked for, with the fields that it knows."""
    wanted = told.get("platform", offered[0][0].name)
    found = next((each for each in offered if each[0].name == wanted), None)
    if found is None:
        names = " or ".join(spec.name for spec, _ in offered)
        raise ApiProblem(422, "Unknown platform", f"With this key “platform” is {names}.")
    unknown = set(told) - _KNOWN - found[1].fields
    if unknown:
        raise ApiProblem(422, "Unknown field", f"There is no “{min(unknown)[:50]}” here.")
    return found


def _body(request: HttpRequest) -> dict[str, Any]:
    length = request.headers.get("Content-Length", "")
    if not length.isdecimal() or int(length) > _LONGEST:
        raise ApiProblem(413, "Too long", "Send at most 64 kB, with a Content-Length.")
    try:
        told = json.loads(request.body)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise ApiProblem(400, "Not readable", "Send one JSON object.")
    return told


def _register(request: HttpRequest, told: dict[str, Any], platform: Platform) -> HttpResponse:
    name, moment = platform[0].name, now()
    value, data = _registration(told, "registration", platform), _data(told, platform)
    wants = _wants(told, name)
    consent = _text(told, "consent", 5_000)
    if not consent:
        raise ApiProblem(
            422, "No consent", "Send the words that the reader agreed to as “consent”."
        )
    language = _text(told, "language", 16) or "en"
    if not _LANGUAGE.fullmatch(language):
        raise ApiProblem(422, "Unknown language", "Write the language like ko or pt-BR.")
    zone = _text(told, "zone", 64) or by_act.zone_of_newsroom()
    if not is_zone(zone):
        raise ApiProblem(422, "Unknown zone", "Write the zone like Asia/Singapore.")
    if told.get("replaces"):
        old = _registration(told, "replaces", platform)
        by_act.move(name, old, value, data=data, now=moment)
    before = by_act.followed(name, value)
    at = visitor.circumstances(request, consent, _ACT)
    joined = by_act.join_by_act(
        SignUp(
            channel=name,
            address=value,
            newsletters=_slugs(wants, "newsletters"),
            topics=_slugs(wants, "topics"),
            alerts="alerts:on" in wants,
            locale=language,
            time_zone=zone,
            at=at,
        ),
        act=_ACT,
        data=data,
        now=moment,
    )
    if joined.address_id is None:
        raise ApiProblem(422, "Not possible", "Nothing of that is offered to this device.")
    by_act.drop(name, value, before - wants, now=moment, at=at)
    by_act.speak(name, value, language)
    follows = sorted(by_act.followed(name, value))
    own = own_links.token_of(joined.address_id)
    page = links.preferences(settings.DIGEST_BASE_URL, own)
    return JsonResponse({"follows": follows, "own": page}, status=200 if before else 201)


def _end(request: HttpRequest, told: dict[str, Any], platform: Platform) -> HttpResponse:
    name, value = platform[0].name, _registration(told, "registration", platform)
    at = visitor.circumstances(request, "", _ACT)
    by_act.drop(name, value, by_act.followed(name, value), now=now(), at=at)
    return HttpResponse(status=204)


def _registration(told: dict[str, Any], name: str, platform: Platform) -> str:
    try:
        return platform[0].address.normalise(_text(told, name, 2_000))
    except BadAddress as error:
        raise ApiProblem(422, f"Unusable “{name}”", str(error)) from None


def _data(told: dict[str, Any], platform: Platform) -> dict[str, Any] | None:
    """What the channel keeps beside the registration."""
    spec, apps = platform
    fields = {name: _text(told, name, 255) for name in apps.fields}
    try:
        return apps.data(fields, registry.config(spec.name, settings), now())
    except BadAddress as error:
        raise ApiProblem(422, "Unusable device", str(error)) from None


def _wants(told: dict[str, Any], channel: str) -> frozenset[str]:
    """The keys of what is asked for; each must be on offer."""
    asked = {"alerts:on"} if told.get("alerts") is True else set()
    for kind in ("newsletters", "topics"):
        given = told.get(kind, [])
        if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
            raise ApiProblem(422, f"Unusable “{kind}”", "Write a list of names from our pages.")
        asked |= {f"{kind}:{each[:80]}" for each in given[:200]}
    unknown = asked - {each.key for each in by_act.on_offer(channel)}
    if unknown:
        raise ApiProblem(422, "Not on offer", f"We do not offer {min(unknown)} to apps.")
    if not asked:
        raise ApiProblem(422, "Nothing chosen", "Ask for alerts, newsletters or topics, or DELETE.")
    return frozenset(asked)


def _slugs(wants: frozenset[str], kind: str) -> tuple[str, ...]:
    return tuple(key.partition(":")[2] for key in sorted(wants) if key.startswith(f"{kind}:"))


def _text(told: dict[str, Any], name: str, longest: int) -> str:
    value = told.get(name, "")
    if not isinstance(value, str) or not storable(value) or len(value) > longest:
        raise ApiProblem(422, f"Unusable “{name}”", f"Write text of at most {longest} characters.")
    return value.strip()
