"""Envelope senders that name the copy they went out with, so that every bounce finds its row.

Variable envelope return path: ``bounces+<key>-<signature>@<domain>``. The signature keeps strangers
from inventing bounces for other readers.
"""

import hmac
import re

from digest.kit.signing import mac

_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [first + second for first in _LETTERS for second in _LETTERS]
_LOCAL = re.compile(r"bounces\+(?P<key>[0-9]+-[0-9]+)-(?P<sign>[a-z2-7]{12})")


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


def _sign(key: str, secret: str) -> str:
    # Base 32 (RFC 4648) in lower case of the first 60 bits, two letters at a time.
    bits = int.from_bytes(mac(secret, "bounce", key)[:8], "big") >> 4
    return "".join([_PAIRS[bits >> shift & 1023] for shift in (50, 40, 30, 20, 10, 0)])
