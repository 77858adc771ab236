"""Who is asking, as far as we look: an IP address, and how often it may ask."""

import hashlib
import ipaddress
import threading
import time
from datetime import timedelta

import redis
from django.conf import settings
from django.http import HttpRequest

from digest.audience.models.consents import Circumstances
from digest.kit import valkey
from digest.kit.networks import network_of
from digest.kit.observe import log

# Messages that one network may cause: this many at once, then one each so often, put off by an hour
# at most. An office signs up together and nobody is refused; who asks for hundreds is.
AT_ONCE = 20
EVERY = 20
LONGEST_DELAY = 3600
RETRY_AFTER = 600
TOO_MANY = "Very many sign-ups come from your network just now. Please try again in ten minutes."
# With the counting server gone this many forms a minute pass, of all visitors together.
_BLIND_ALLOWANCE = 30

# The generic cell rate algorithm (ITU-T I.371): the key holds when the bucket will be empty again.
_TAKE = """
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local empty = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now) + tonumber(ARGV[1])
local wait = math.max(0, empty - now - tonumber(ARGV[2]))
if wait > tonumber(ARGV[3]) then return -1 end
redis.call('SET', KEYS[1], tostring(empty), 'EX', math.ceil(empty - now))
return math.ceil(wait)
"""


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


def room_for_mail(request: HttpRequest) -> timedelta | None:
    """Count one message that this visitor's form may cause: how long it has to wait, if it may go.

    Only sound forms are counted, a typing error causes nothing. All are, also for an address that
    will get no message, so that no count tells who is known. None: too many, refuse it. Without the
    counting server a small share passes, for all visitors together: never none at all, and never
    without a limit.
    """
    wait = _take("mails", request, EVERY, AT_ONCE * EVERY, LONGEST_DELAY)
    return timedelta(seconds=wait) if wait is not None else None


def may_send_form(request: HttpRequest) -> bool:
    """Count one request that costs more than a page: ten at once pass, then one a minute."""
    return _take("forms", request, 60, 10 * 60, 0) is not None


def _take(what: str, request: HttpRequest, every: int, ahead: int, longest: int) -> int | None:
    """Take one of what the visitor's network has left: the seconds to wait, None for too long."""
    key = f"digest:{what}:{_bucket(ip_of(request))}"
    try:
        wait = int(valkey.client().eval(_TAKE, 1, key, every, ahead, longest))
    except redis.RedisError as error:
        log.warning("form limit without its server", reason=str(error))
        return 0 if _blind.passes() else None
    return wait if wait >= 0 else None


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
