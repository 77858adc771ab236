"""One spelling per address, so that an address is stored, compared and suppressed once.

Email addresses are stored in lower case throughout. RFC 5321 (section 2.4) lets a host tell
``Ann@`` from ``ann@``; no mailbox provider does, and two rows for one mailbox would be two mails
for one reader.
"""

import re
import unicodedata

import phonenumbers

_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
# IDNA 2003, Python's own, maps these to other letters, that is to somebody else's domain.
_DEVIATIONS = frozenset("ßς\u200c\u200d")


class BadAddress(ValueError):
    """Not an address of its channel; the text says what to write instead."""


def normalise(channel: str, value: str) -> str:
    """``value`` in the one spelling its channel stores. Raises :class:`BadAddress`."""
    match channel:
        case "email":
            return email(value)
        case "whatsapp":
            return phone(value)
    raise BadAddress(f"There is no sign-up for the channel {channel!r}; use email or whatsapp.")


def email(value: str) -> str:
    """An email address: trimmed, lower case, its domain in ASCII (IDNA)."""
    value = unicodedata.normalize("NFC", value.strip())
    local, at, domain = value.rpartition("@")
    if not at or not local or not domain:
        raise BadAddress("Write the whole address, like name@example.org.")
    local = local.lower()
    if not local.isascii():
        raise BadAddress("Only plain letters may stand before the @.")
    if len(local) > 64 or not _LOCAL.fullmatch(local):
        raise BadAddress("The part before the @ does not look right.")
    address = f"{local}@{_domain(domain)}"
    if len(address) > 254:
        raise BadAddress("The address is too long.")
    return address


def phone(value: str) -> str:
    """A phone number as E.164, e.g. ``+6591234567``; it must begin with its country's code."""
    value = value.strip()[:40]
    if value.startswith("00"):
        value = "+" + value[2:]
    try:
        number = phonenumbers.parse(value, None)
    except phonenumbers.NumberParseException:
        raise BadAddress("Begin with + and the country’s code, like +65 9123 4567.") from None
    if not phonenumbers.is_valid_number(number):
        raise BadAddress("That number does not exist; check its digits and the country’s code.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def masked(value: str) -> str:
    """Enough of an address for its owner to recognise it, and no more: ``a…@example.org``."""
    local, at, domain = value.rpartition("@")
    if at:
        return f"{local[:1]}…@{domain}"
    return f"{value[:3]}…{value[-2:]}"


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
