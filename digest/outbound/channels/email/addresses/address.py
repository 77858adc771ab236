"""One spelling per email address, so that it is stored, compared and suppressed once.

Addresses are stored in lower case throughout. RFC 5321 (section 2.4) lets a host tell ``Ann@``
from ``ann@``; no mailbox provider does, and two rows for one mailbox would be two mails for one
reader.
"""

import re
import unicodedata
from functools import lru_cache

from digest.audience.kinds import AddressKind, BadAddress, Destination
from digest.outbound.channels.email.addresses.doubts import doubts

_ATEXT = frozenset("abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+/=?^_`{|}~-")
# The wide letters, digits and signs of keyboards for Chinese and Korean: nobody's mailbox has them.
_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
# What nearly all are, told at once: lists of a million are read.
_PLAIN = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
# Letters, marks and numbers: what people are called by. Nothing that is not seen or looks like
# punctuation of ours, though RFC 6531 would let it pass.
_OF_NAMES = frozenset("LMN")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
# IDNA 2003, Python's own, maps these to other letters, that is to somebody else's domain.
_DEVIATIONS = frozenset("ßς\u200c\u200d")


def email(value: str) -> str:
    """An email address: trimmed, lower case, its domain in ASCII (IDNA).

    What stands before the @ may be of any script (RFC 6531); it takes a relay that offers SMTPUTF8.
    """
    value = unicodedata.normalize("NFC", value.translate(_NARROW).strip())
    local, at, domain = value.rpartition("@")
    if not at or not local or not domain:
        raise BadAddress("Write the whole address, like name@example.org.")
    local = unicodedata.normalize("NFC", local.lower())
    if len(local.encode()) > 64 or not _is_name(local):
        raise BadAddress("The part before the @ does not look right.")
    address = f"{local}@{_domain(domain)}"
    if len(address.encode()) > 254:
        raise BadAddress("The address is too long.")
    return address


def _is_name(local: str) -> bool:
    """Whether it is a dot-atom (RFC 5322, 3.2.3; RFC 6531, 3.3) of what stands in names."""
    return _PLAIN.fullmatch(local) is not None or all(
        part
        and unicodedata.category(part[0])[0] != "M"
        and all(
            each in _ATEXT if each.isascii() else unicodedata.category(each)[0] in _OF_NAMES
            for each in part
        )
        for part in local.split(".")
    )


@lru_cache(maxsize=4_096)
def _domain(domain: str) -> str:
    if _DEVIATIONS & set(domain.lower()):
        raise BadAddress("Write the domain in its xn-- form.")
    try:
        plain = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise BadAddress("The part after the @ does not look right.") from None
    labels = plain.split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        raise BadAddress("The part after the @ does not look right.")
    if labels[-1].isdecimal():
        raise BadAddress("Write a domain after the @, not a number.")
    return plain


# One provider under two names.
_ALSO = {"googlemail.com": "gmail.com"}


def mailbox(value: str) -> Destination:
    """The mailbox that most hosts deliver ``value`` to: no dots, nothing after a plus.

    Not every host folds these, so it serves to count what is sent and never to find a reader.
    """
    local, _, domain = value.rpartition("@")
    domain = _ALSO.get(domain, domain)
    plain = local.partition("+")[0].replace(".", "")
    return Destination(f"{plain or local}@{domain}", domain)


EMAIL_ADDRESS = AddressKind(
    field="email",
    label="Your email",
    example="name@example.org",
    normalise=email,
    input="email",
    autocomplete="email",
    mailbox=mailbox,
    doubts=doubts,
)
