"""Who is asking, as far as we look: an IP address, and how often it may ask."""

import hashlib
import ipaddress
import threading
import time

import redis
from django.conf import settings
from django.http import HttpRequest

from digest.audience.models.consents import Circumstances
from digest.kit import valkey
from digest.kit.networks import network_of
from digest.kit.observe import log

FORMS = 10
WINDOW = 600
# With the counting server gone this many forms a minute pass, of all visitors together.
_BLIND_ALLOWANCE = 30


def ip_of(request: HttpRequest) -> str | None:
    """The visitor's IP address; behind ``DIGEST_PROXIES`` proxies the one the first of them saw."""
    seen = [request.META.get("REMOTE_ADDR", "")]
    proxies: int = settings.DIGEST_PROXIES
    if proxies:
        passed = request.headers.get("X-Forwarded-For", "").split(",")
        seen = [each.strip() for each in passed if each.strip()][-proxies:] or seen
    try:
        return str(ipaddress.ip_address(seen[0]))
    except ValueError:
        return None


def circumstances(request: HttpRequest, text: str = "", version: str = "") -> Circumstances:
    """Where and from where a reader acted, for the record of their consent."""
    # The path holds a token on readers' own pages; only its first part is kept.
    place = f"{settings.DIGEST_BASE_URL}/{request.path.lstrip('/').split('/')[0]}"
    return Circumstances(place=place, ip=ip_of(request), text=text, text_version=version)


def may_send_form(request: HttpRequest) -> bool:
    """Count one form of this visitor: ten in ten minutes pass, then none until time has passed.

    Without the counting server a small share passes, for all visitors together: never no form at
    all, and never without a limit.
    """
    key = f"digest:forms:{_bucket(ip_of(request))}:{int(time.time()) // WINDOW}"
    try:
        with valkey.client().pipeline() as pipe:
            pipe.incr(key)
            pipe.expire(key, WINDOW)
            count = pipe.execute()[0]
    except redis.RedisError as error:
        log.warning("form limit without its server", reason=str(error))
        return _blind.passes()
    return bool(count <= FORMS)


def _bucket(ip: str | None) -> str:
    """One name per visitor: an IPv4 address, or the /64 that one IPv6 household holds."""
    network = network_of(ip or "")
    # Not in clear text: the counting server needs no list of visitors.
    return hashlib.sha256(f"{settings.SECRET_KEY}{network}".encode()).hexdigest()[:24]


class _Allowance:
    """A fixed number of forms a minute in this process."""

    def __init__(self, size: int) -> None:
        self._size, self._minute, self._used = size, 0, 0
        self._lock = threading.Lock()

    def passes(self) -> bool:
        with self._lock:
            minute = int(time.monotonic()) // 60
            if minute != self._minute:
                self._minute, self._used = minute, 0
            self._used += 1
            return self._used <= self._size


_blind = _Allowance(_BLIND_ALLOWANCE)
