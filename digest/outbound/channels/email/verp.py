"""Addresses of ours that say by themselves what a mail to them is about.

Variable envelope return path: ``bounces+<key>-<signature>@<domain>`` is the envelope sender of one
copy, so that every bounce finds its row. ``bounces+leave-<name>-<signature>@<domain>`` is where a
reader's mail program writes to leave (RFC 2369, section 3.2); it comes to the same mailbox. The
signatures keep strangers from inventing bounces and leavings for other readers.
"""

import hmac
import re

from digest.kit.signing import mac

_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [first + second for first in _LETTERS for second in _LETTERS]
_LOCAL = re.compile(r"bounces\+(?P<key>[0-9]+-[0-9]+)-(?P<sign>[a-z2-7]{12})")
_LEAVES = re.compile(r"bounces\+leave-(?P<name>[a-z][0-9a-z]{1,13})-(?P<sign>[a-z2-7]{12})")


def envelope_sender(key: str, domain: str, secret: str) -> str:
    """The envelope sender of the copy with that key (``<send>-<address>``)."""
    return f"bounces+{key}-{_sign(key, secret)}@{domain}"


def key_of(address: str, secret: str) -> str | None:
    """The key of the copy that a bounce to ``address`` is about, or None for anybody else's.

    Relays may change the case of a local part, so case means nothing here.
    """
    found = _LOCAL.fullmatch(address.strip().lower().partition("@")[0])
    if not found or not hmac.compare_digest(_sign(found["key"], secret), found["sign"]):
        return None
    return found["key"]


def leaving_address(name: str, domain: str, secret: str) -> str:
    """Where to write to end what ``name`` names (see ``tokens.leaving_name``)."""
    return f"bounces+leave-{name}-{_sign(name, secret, 'leave by mail')}@{domain}"


def leaving_of(address: str, secret: str) -> str | None:
    """What a mail to ``address`` ends, or None for anybody else's address."""
    found = _LEAVES.fullmatch(address.strip().lower().partition("@")[0])
    if not found:
        return None
    sign = _sign(found["name"], secret, "leave by mail")
    return found["name"] if hmac.compare_digest(sign, found["sign"]) else None


def _sign(key: str, secret: str, purpose: str = "bounce") -> str:
    # Base 32 (RFC 4648) in lower case of the first 60 bits, two letters at a time.
    bits = int.from_bytes(mac(secret, purpose, key)[:8], "big") >> 4
    return "".join([_PAIRS[bits >> shift & 1023] for shift in (50, 40, 30, 20, 10, 0)])
