"""WebSub's words (W3C Recommendation of 23 January 2018), without network or database."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urljoin, urlsplit

# Hubs give what they like; most give ten days to whoever asks for them.
LEASE = timedelta(days=10)
SHORTEST, LONGEST = timedelta(seconds=1), timedelta(days=90)
# A feed whose hub pushes is still looked at: hubs lose things.
REST = timedelta(hours=1)
MAX_BODY = 5 * 1024 * 1024
_METHODS = {"sha1", "sha256", "sha384", "sha512"}
_LINK = re.compile(r'<([^<>]{1,4000})>((?:\s*;\s*[\w*!-]{1,40}\s*(?:=\s*(?:"[^"]*"|[^\s",;]*))?)*)')
_REL = re.compile(r'\brel\s*=\s*(?:"([^"]*)"|([^\s",;]+))', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Hub:
    """Where to subscribe, and to which topic."""

    url: str
    topic: str


def discover(
    headers: Mapping[str, str], url: str, hub_url: str = "", self_url: str = ""
) -> Hub | None:
    """The hub of a feed at ``url``: its Link headers (RFC 8288), else what the feed itself names.

    ``hub_url`` and ``self_url`` are the feed's ``atom:link``s. A feed that names no address of
    its own is subscribed to under the one it was fetched from.
    """
    linked = _linked(headers.get("link", ""), url)
    hub = linked.get("hub") or hub_url
    topic = linked.get("self") or self_url or url
    return Hub(hub, topic) if _is_web(hub) and _is_web(topic) else None


def is_signed(body: bytes, header: str, secret: str) -> bool:
    """Whether ``header`` is an X-Hub-Signature over ``body`` by a method that WebSub knows (7)."""
    method, _, given = header.strip().partition("=")
    if not secret or method.lower() not in _METHODS:
        return False
    expected = hmac.new(secret.encode(), body, getattr(hashlib, method.lower())).hexdigest()
    return hmac.compare_digest(expected.encode(), given.strip().lower().encode("utf-8", "replace"))


def asking(mode: str, topic: str, callback: str, secret: str) -> dict[str, str]:
    """The form of a request to subscribe or unsubscribe (5.1)."""
    form = {"hub.mode": mode, "hub.topic": topic, "hub.callback": callback}
    if mode == "subscribe":
        form |= {"hub.secret": secret, "hub.lease_seconds": str(int(LEASE.total_seconds()))}
    return form


def lease(seconds: str) -> timedelta:
    """How long a subscription holds, of what a hub says; our own wish when it says nonsense."""
    if not (seconds.isascii() and seconds.isdecimal() and len(seconds) <= 12):
        return LEASE
    return min(max(timedelta(seconds=min(int(seconds), 10**8)), SHORTEST), LONGEST)


def renewal(now: datetime, held: timedelta) -> datetime:
    """When to ask again: after three quarters of the lease."""
    return now + held * 3 / 4


def patience(failures: int) -> timedelta:
    """How long to wait for a hub that did not answer, or refused, ``failures`` times in a row."""
    return min(timedelta(minutes=10 * 2 ** min(failures, 10)), timedelta(days=1))


def at_rest(following: datetime, *, now: datetime, lease_until: datetime | None) -> datetime:
    """The next look at a feed whose hub pushes until ``lease_until``.

    Once an hour, but as usual when the lease ends before; never sooner than ``following``.
    """
    if lease_until is None or lease_until <= now:
        return following
    return max(following, min(now + REST, lease_until))


def _linked(header: str, base: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for target, parameters in _LINK.findall(header[:16_000]):
        rel = _REL.search(parameters)
        for name in (rel.group(1) or rel.group(2) or "").lower().split() if rel else ():
            try:
                found.setdefault(name, urljoin(base, target.strip()))
            except ValueError:
                continue
    return found


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(
            parts.scheme in {"http", "https"} and parts.hostname
            and url.isprintable() and len(url) <= 4000
        )  # fmt: skip
    except ValueError:
        return False
