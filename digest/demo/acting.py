"""What readers do to join a channel by its own act: press Start in a chat, install the app, let the
browser show notifications.
"""

import json
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException
from typing import Any

from django.conf import settings

from digest.demo import newsroom
from digest.demo.newsroom import SampleReader
from digest.management import stand_ins
from digest.management.stand_ins import FoundStandIn
from digest.outbound.channels import registry

_CONSENT = "The Meridian may notify me in its app. I can leave with one tap, any time."


@dataclass(frozen=True, slots=True)
class SampleAct:
    """One sample reader's; ``address`` is empty where only the act will make one."""

    reader: SampleReader
    at: FoundStandIn
    address: str


def acts() -> tuple[SampleAct, ...]:
    """Those of all sample readers, on channels where no message asks for confirmation."""
    return tuple(
        SampleAct(reader, each, reader.addresses.get(each.spec.name, ""))
        for each in stand_ins.shown(settings.DIGEST_CHANNELS, settings.DIGEST_HOME)
        for reader in newsroom.readers()
        if (reader.browser and each.stand_in.subscribes)
        or ((each.stand_in.joins_by or each.spec.apps) and each.spec.name in reader.addresses)
    )


def perform(act: SampleAct, base_url: str) -> bool:
    """Do it; False while nobody answers."""
    stand_in = act.at.stand_in
    if stand_in.joins_by and stand_in.writes:
        wanted = next(iter(act.reader.newsletters), "")
        said = stand_in.joins_by.format(wanted).strip()
        return stand_in.writes(act.at.folder, act.address, said)
    if stand_in.subscribes:
        return _switched_on(act, base_url)
    return _registered(act, base_url)


def _registered(act: SampleAct, base_url: str) -> bool:
    """The newsroom's app registers the device, as docs/operations.md tells its makers."""
    spec, reader = act.at.spec, act.reader
    assert spec.apps is not None
    told = {
        "platform": spec.name,
        "registration": act.address,
        "alerts": reader.alerts,
        "newsletters": list(reader.newsletters),
        "language": reader.locale,
        "zone": reader.zone.key,
        "consent": _CONSENT,
    }
    key = getattr(registry.config(spec.name, settings), spec.apps.key)
    bearer = {"Authorization": f"Bearer {key}"}
    return _asked(f"{base_url}/api/v1/push-tokens", told, bearer) is not None


def _switched_on(act: SampleAct, base_url: str) -> bool:
    """The reader's browser does what the script of our page does: see web/static/push.js."""
    reader = act.reader
    assert act.at.stand_in.subscribes is not None
    ours = _asked(f"{base_url}/push/key")
    if ours is None:
        return False
    made = act.at.stand_in.subscribes(act.at.folder, reader.name, str(ours["key"]))
    if made is None:
        return False
    told = {
        **made,
        "ours": ours["key"],
        "alerts": reader.alerts,
        "newsletters": list(reader.newsletters),
        "language": reader.locale,
        "zone": reader.zone.key,
    }
    return _asked(f"{base_url}/push/subscribe", told, {"Origin": base_url}) is not None


def _asked(
    url: str, told: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
) -> dict[str, Any] | None:
    """The answer of our own service, which lives on loopback; None for a refusal, and for none."""
    body = None if told is None else json.dumps(told).encode()
    named = {"Content-Type": "application/json", **(headers or {})}
    request = urllib.request.Request(url, body, named)  # noqa: S310 - our own service
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - the same
            if answer.status not in {HTTPStatus.OK, HTTPStatus.CREATED}:
                return None
            said = json.loads(answer.read())
    except (OSError, HTTPException, ValueError):
        return None
    return said if isinstance(said, dict) else None
