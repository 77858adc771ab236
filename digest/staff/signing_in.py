"""Signing in to the desk: who somebody is, and how often one may guess.

Guesses are counted in Valkey, so that all web processes count together. With Valkey gone each
process allows a few a minute: editors still get in, and nobody gets to try a dictionary.
"""

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol, cast

import redis
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from digest.kit.networks import network_of
from digest.kit.observe import log
from digest.kit.signing import mac
from digest.staff.hashing import PasswordsBusy
from digest.staff.members import Member

WINDOW = timedelta(minutes=15)
# The pair is tight, for the ordinary guesser; the address alone is loose, so that a stranger
# cannot lock an editor out from elsewhere; the network stops one machine that tries many addresses.
PER_PAIR, PER_ADDRESS, PER_IP = 5, 50, 30
# An office may be behind one address; nobody needs more mails than that.
PER_IP_LOST = 20
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
    a right password gives it back and clears the count of its own address from this IP. Raises
    :class:`PasswordsBusy`, and counts nothing, when the password was not looked at in time.
    """
    email = email.strip().lower()
    limits = _limits(email, ip)
    locked_for = _locked_for(counter, limits)
    if locked_for:
        return SignIn(None, locked_for)
    with _counted_if_looked_at(counter, limits):
        member = authenticate(request, username=email, password=password)
    if member is None:
        return SignIn(None)
    _give_back(counter, limits)
    return SignIn(member)


@dataclass(frozen=True, slots=True)
class PasswordChange:
    """What came of it: ``problems`` in words, by field; changed when there are none."""

    problems: dict[str, str]
    locked_for: int = 0


def change_password(
    member: Member, old: str, new: str, again: str, *, ip: str, counter: AttemptCounter
) -> PasswordChange:
    """Give ``member`` a new password, if the old one is right. Guesses count as at the door.

    Raises :class:`PasswordsBusy` as :func:`sign_in` does; nothing is changed then.
    """
    limits = _limits(member.email, ip)
    locked_for = _locked_for(counter, limits)
    if locked_for:
        return PasswordChange({"old": "Too many tries."}, locked_for)
    with _counted_if_looked_at(counter, limits):
        is_right = member.check_password(old)
    if not is_right:
        return PasswordChange({"old": "This is not your present password. Capitals count."})
    _give_back(counter, limits)
    if new != again:
        return PasswordChange({"again": "The two are not the same. Write the new one twice."})
    try:
        validate_password(new, member)
    except ValidationError as error:
        return PasswordChange({"new": " ".join(error.messages)})
    if new == old:
        return PasswordChange({"new": "This is the present one. Choose another."})
    member.set_password(new)
    member.save(update_fields=["password"])
    return PasswordChange({})


def may_ask(ip: str, *, counter: AttemptCounter) -> int:
    """0 when somebody at ``ip`` may ask for a lost password's mail, else the seconds to wait."""
    return _locked_for(counter, {_key("lost", network_of(ip) or ip): PER_IP_LOST})


def code_tried(email: str, *, ip: str, counter: AttemptCounter) -> int:
    """Count a guess at a second factor, or at the password asked once more.

    0 when it may be looked at, else the seconds to wait. The limits are those of the door, counted
    apart, so that wrong codes lock nobody out of the page for the password. Without ``email``,
    which a passkey is shown without, the network alone is counted: nobody elsewhere is held up.
    """
    return _locked_for(counter, _guess_limits(email, ip))


def code_was_right(email: str, *, ip: str, counter: AttemptCounter) -> None:
    """Give the guess back."""
    _give_back(counter, _guess_limits(email, ip))


def code_was_not_looked_at(email: str, *, ip: str, counter: AttemptCounter) -> None:
    """Take back that a guess was counted: nobody knows whether it was right."""
    _uncount(counter, _guess_limits(email, ip))


@contextmanager
def _counted_if_looked_at(counter: AttemptCounter, limits: dict[str, int]) -> Iterator[None]:
    """A guess that no hash was compared with was none: nobody learned anything by it."""
    try:
        yield
    except PasswordsBusy:
        _uncount(counter, limits)
        raise


def _guess_limits(email: str, ip: str) -> dict[str, int]:
    if email:
        return _limits(email, ip, of="code-")
    return {_key("key", network_of(ip) or ip): PER_IP}


def _limits(email: str, ip: str, *, of: str = "") -> dict[str, int]:
    """What is counted: by account and network together, by network, by account; in this order.

    ``of`` counts another kind of guess apart.
    """
    network = network_of(ip) or ip
    return {
        _key(f"{of}pair", email, network): PER_PAIR,
        _key(f"{of}ip", network): PER_IP,
        _key(f"{of}address", email): PER_ADDRESS,
    }


def _locked_for(counter: AttemptCounter, limits: dict[str, int]) -> int:
    try:
        return _count(counter, limits)
    except redis.RedisError as error:
        log.warning("sign-in is counted by this process alone", reason=str(error))
        return _allowance.take(time.monotonic())


def _give_back(counter: AttemptCounter, limits: dict[str, int]) -> None:
    try:
        pair, *others = limits
        counter.delete(pair)
        for name in others:
            counter.decr(name)
    except redis.RedisError:
        pass


def _uncount(counter: AttemptCounter, limits: dict[str, int]) -> None:
    try:
        for name in limits:
            counter.decr(name)
    except redis.RedisError:
        pass


def _count(counter: AttemptCounter, limits: dict[str, int]) -> int:
    """Count until one is too many: what is refused for its network counts against no account.

    Else one machine could lock an editor out from everywhere, by guesses that nobody looks at.
    """
    for name, limit in limits.items():
        tries = int(cast(int, counter.incr(name)))
        counter.expire(name, WINDOW, nx=True)
        if tries > limit:
            return max(int(cast(int, counter.ttl(name))), 1)
    return 0


def _key(kind: str, *parts: str) -> str:
    return f"sign-in:{kind}:{mac(settings.SECRET_KEY, 'sign-in', *parts)[:12].hex()}"
