"""Each channel's own check, by the doctor and, again and again, by the workers for ``/health``."""

import json
from datetime import datetime
from typing import Any

import redis

from digest.kit.doctor import dns
from digest.kit.doctor.finding import ERROR, Finding, error
from digest.kit.heartbeats import CHANNELS
from digest.management.examination.blotting import presentable
from digest.outbound.channels import registry
from digest.outbound.channels.spec import ChannelSpec


def of_channel(spec: ChannelSpec, settings: Any, ask: dns.Ask) -> list[Finding]:
    """What the channel's own check finds; a check that fails is a finding, not the end."""
    try:
        registry.webhooks(spec.name)
        for path in (spec.transport, spec.check_settings, spec.stand_in):
            if path:
                registry.part(path)
        if not spec.doctor:
            return []
        config = registry.config(spec.name, settings)
        found: list[Finding] = registry.part(spec.doctor)(config, ask)
    except Exception as failure:
        words = f"It could not be examined: {type(failure).__name__}: {failure}"
        return [error(spec.label, words, "Mend its settings or the package that brings it.")]
    return found


def leave_word(client: "redis.Redis", settings: Any, *, now: datetime) -> None:
    """Check every channel in use, and leave what is wrong where ``/health`` reads it.

    DNS is left to the doctor: its records say how mail is received, not whether it leaves.
    """
    for spec in registry.usable(settings.DIGEST_CHANNELS):
        found = presentable(of_channel(spec, settings, _unasked))
        wrong = " ".join(f"{each.subject}: {each.what}" for each in found if each.state == ERROR)
        client.hset(CHANNELS, spec.name, json.dumps({"at": now.timestamp(), "wrong": wrong}))


def _unasked(name: str) -> list[str]:
    raise dns.NoAnswer("not asked here")
