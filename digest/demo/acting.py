"""What readers do to join a channel by its own act: press Start in a chat, install the app."""

import json
import urllib.request
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
    """One sample reader's, at one address."""

    reader: SampleReader
    at: FoundStandIn
    address: str


def acts() -> tuple[SampleAct, ...]:
    """Those of all sample readers, on channels where no message asks for confirmation."""
    return tuple(
        SampleAct(reader, each, reader.addresses[each.spec.name])
        for each in stand_ins.shown(settings.DIGEST_CHANNELS, settings.DIGEST_HOME)
        for reader in newsroom.readers()
        if (each.stand_in.acts or each.spec.apps) and each.spec.name in reader.addresses
    )


def perform(act: SampleAct, base_url: str) -> bool:
    """Do it; False while nobody answers."""
    config = registry.config(act.at.spec.name, settings)
    if act.at.stand_in.acts:
        return act.at.stand_in.acts(config, act.address)
    return _registered(act, config, base_url)


def _registered(act: SampleAct, config: Any, base_url: str) -> bool:
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
    request = urllib.request.Request(  # noqa: S310 - our own service, on loopback
        f"{base_url}/api/v1/push-tokens",
        json.dumps(told).encode(),
        {
            "Authorization": f"Bearer {getattr(config, spec.apps.key)}",
            "Content-Type": "application/json",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - the same
            return answer.status in {HTTPStatus.OK, HTTPStatus.CREATED}
    except (OSError, HTTPException):
        return False
