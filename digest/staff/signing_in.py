"""Signing in to the desk: who somebody is, and how often one may guess.

Guesses are counted in Valkey, so that all web processes count together. With Valkey gone each
process allows a few a minute: editors still get in, and nobody gets to try a dictionary.
"""

import time
from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol, cast

import redis
from django.conf import settings
from django.contrib.auth import authenticate
from django.http import HttpRequest

from digest.kit.observe import log
from digest.kit.signing import mac
from digest.staff.members import Member

WINDOW = timedelta(minutes=15)
# The pair is tight, for the ordinary guesser; the address alone is loose, so that a stranger
# cannot lock an editor out from elsewhere; the IP stops one machine that tries many addresses.
PER_PAIR, PER_ADDRESS, PER_IP = 5, 50, 30
WITHOUT_VALKEY, WITHOUT_VALKEY_WINDOW = 10, 60.0


class AttemptCounter(Protocol):
    """What counting needs of the Redis client."""

    def incr(self, name: str) -> object: ...
    def expire(self, name: str, time: timedelta, nx: bool = False) -> object: ...
    def ttl(self, name: str) -> object: ...
    def decr(self, name: str) -> object: ...
    def delete(self, *names: str) -> object: ...


@dataclass(frozen=True, slots=True)
class SignIn:
    """What came of a try: the member, or nobody; and for how many seconds to wait if locked."""

    member: Member | None
    locked_for: int = 0


@dataclass(slots=True)
class Allowance:
    """A process's own small share of tries while Valkey cannot count for all."""

    tries: deque[float] = field(default_factory=deque)

    def take(self, at: float) -> int:
        """0 when a try at monotonic second ``at`` is allowed, else the seconds to wait."""
        while self.tries and at - self.tries[0] >= WITHOUT_VALKEY_WINDOW:
            self.tries.popleft()
        if len(self.tries) >= WITHOUT_VALKEY:
            return max(1, int(WITHOUT_VALKEY_WINDOW - (at - self.tries[0])))
        self.tries.append(at)
        return 0


_allowance = Allowance()


def sign_in(
    request: HttpRequest, email: str, password: str, *, ip: str, counter: AttemptCounter
) -> SignIn:
    """Check a password unless too many were wrong lately.

    A try is counted before the password is looked at, so that a hundred at once are a hundred;
    a right password gives it back and clears the count of its own address from this IP.
    """
    email = email.strip().lower()
    limits = {
        _key("pair", email, ip): PER_PAIR,
        _key("address", email): PER_ADDRESS,
        _key("ip", ip): PER_IP,
    }
    try:
        locked_for = _count(counter, limits)
    except redis.RedisError as error:
        log.warning("sign-in is counted by this process alone", reason=str(error))
        locked_for = _allowance.take(time.monotonic())
    if locked_for:
        return SignIn(None, locked_for)
    member = authenticate(request, username=email, password=password)
    if member is None:
        return SignIn(None)
    try:
        pair, *others = limits
        counter.delete(pair)
        for name in others:
            counter.decr(name)
    except redis.RedisError:
        pass
    return SignIn(member)


def _count(counter: AttemptCounter, limits: dict[str, int]) -> int:
    locked_for = 0
    for name, limit in limits.items():
        tries = int(cast(int, counter.incr(name)))
        counter.expire(name, WINDOW, nx=True)
        if tries > limit:
            locked_for = max(locked_for, int(cast(int, counter.ttl(name))), 1)
    return locked_for


def _key(kind: str, *parts: str) -> str:
    return f"sign-in:{kind}:{mac(settings.SECRET_KEY, 'sign-in', *parts)[:12].hex()}"
