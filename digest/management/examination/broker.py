"""The Redis-protocol server, and what can be known there of beat and the workers."""

from datetime import datetime
from typing import Any

import redis

from digest.kit.doctor.finding import Finding, error, ok, warning
from digest.kit.heartbeats import QUEUES, Heartbeats, read

_OLDEST = 6
_SILENT_AFTER = 90
_LONG_QUEUE = 1000
_START = "Start the service: `digest up`, or `systemctl start {}`."


def broker(client: "redis.Redis", settings: Any, *, now: datetime) -> list[Finding]:
    """Look at the server, at what waits in each queue and at when each was last served."""
    try:
        about: Any = client.info()
        signs = read(client)
    except (redis.RedisError, OSError) as failure:
        return [
            error(
                "broker",
                f"It does not answer: {failure}",
                "Check REDIS_URL and that Valkey or Redis runs. Until then ticks and wake-ups are"
                " lost; nothing else is.",
            )
        ]
    return [_version(about), _policy(about), *_workers(signs, settings, now)]


def _workers(signs: Heartbeats, settings: Any, now: datetime) -> list[Finding]:
    seen = {"beat": signs.ticked_at, **{queue: signs.served_at.get(queue) for queue in QUEUES}}
    silent = {who: at for who, at in seen.items() if at is None or _age(at, now) > _SILENT_AFTER}
    judge = error if settings.DIGEST_PRODUCTION else warning
    if len(silent) == len(seen):
        last = max((at for at in silent.values() if at is not None), default=None)
        what = "No sign of them yet." if last is None else f"No sign for {_spoken(last, now)}."
        found = [judge("workers", what, _START.format("digest.target"))]
    else:
        found = [
            judge(f"queue {who}", _silence(at, now), _START.format("digest-worker@…"))
            for who, at in silent.items()
            if who != "beat"
        ]
        if "beat" in silent:
            found.append(judge("beat", _silence(seen["beat"], now), _START.format("digest-beat")))
        alive = ", ".join(who for who in seen if who not in silent)
        found.insert(0, ok("workers", f"Alive: {alive}."))
    return [
        *found,
        *(
            warning(
                f"queue {queue}",
                f"{waiting:,} messages wait.",
                "Add workers for it, or see why they are slow: `python -m workers list`.",
            )
            for queue, waiting in signs.waiting.items()
            if waiting >= _LONG_QUEUE
        ),
    ]


def _age(at: float, now: datetime) -> float:
    return max(0.0, now.timestamp() - at)


def _spoken(at: float, now: datetime) -> str:
    return f"{_age(at, now) / 60:,.0f} minutes"


def _silence(at: float | None, now: datetime) -> str:
    return "Not served yet." if at is None else f"Not served for {_spoken(at, now)}."


def _version(about: dict[str, Any]) -> Finding:
    name, version = "Redis", str(about.get("redis_version", "?"))
    if "valkey_version" in about:
        name, version = "Valkey", str(about["valkey_version"])
    major = version.split(".")[0]
    if major.isdecimal() and int(major) < _OLDEST:
        return error("broker", f"{name} {version} is too old.", f"Use {_OLDEST} or newer.")
    return ok("broker", f"{name} {version} answers.")


def _policy(about: dict[str, Any]) -> Finding:
    policy = str(about.get("maxmemory_policy", ""))
    if policy and policy != "noeviction":
        return warning(
            "broker memory",
            f"maxmemory-policy is {policy}: it may throw queues away.",
            "Set maxmemory-policy noeviction. Nothing is lost meanwhile, only late.",
        )
    return ok("broker memory", "No key is thrown away to make room.")
