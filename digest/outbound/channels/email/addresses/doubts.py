"""Addresses that exist and are probably not what their owner meant, or not one person's (pure).

Nothing here says that an address is wrong. What is doubtful is asked about or refused, as the
newsroom's policy says; who sends the same address once more is believed.
"""

import re

from digest.audience.core.asking import SHARED
from digest.audience.kinds import AddressDoubt

# RFC 2142, and what newsrooms see: read by whoever is on duty, or by nobody.
_ROLES = frozenset(
    [
        "abuse", "admin", "administrator", "billing", "compliance", "contact", "enquiries",
        "help", "hostmaster", "info", "jobs", "mailer-daemon", "marketing", "no-reply", "noreply",
        "office", "postmaster", "press", "privacy", "root", "sales", "security", "support",
        "webmaster",
    ]
)  # fmt: skip
_DISPOSABLE = frozenset(
    [
        "10minutemail.com", "33mail.com", "anonbox.net", "burnermail.io", "discard.email",
        "dispostable.com", "emailondeck.com", "fakeinbox.com", "getairmail.com", "getnada.com",
        "grr.la", "guerrillamail.com", "guerrillamail.info", "guerrillamail.net", "inboxkitten.com",
        "mail-temp.com", "mailcatch.com", "maildrop.cc", "mailinator.com", "mailnesia.com",
        "mailnull.com", "mailsac.com", "mintemail.com", "mohmal.com", "moakt.com", "mytemp.email",
        "sharklasers.com", "spam4.me", "spambox.us", "spamgourmet.com", "temp-mail.org",
        "tempmail.com", "tempmail.dev", "tempmailo.com", "tempr.email", "throwawaymail.com",
        "trash-mail.com", "trashmail.com", "trashmail.de", "wegwerfmail.de", "yopmail.com",
        "yopmail.fr", "yopmail.net",
    ]
)  # fmt: skip
# Ends of domains that do not exist (IANA's root zone, 2026), and what was meant.
_ENDS = {
    "con": "com", "cmo": "com", "ocm": "com", "vom": "com", "xom": "com", "comm": "com",
    "coom": "com", "cim": "com", "c0m": "com", "nte": "net", "ner": "net", "met": "net",
    "ogr": "org", "orgg": "org", "og": "org",
}  # fmt: skip
_OFTEN = (
    "gmail.com", "hotmail.com", "outlook.com", "yahoo.com", "icloud.com", "protonmail.com",
    "naver.com", "hanmail.net", "laposte.net", "orange.fr", "t-online.de", "libero.it",
)  # fmt: skip
_DIGITS = re.compile(r"\d")


def doubts(value: str) -> AddressDoubt | None:
    """What to ask about a normalised address, the gravest first; None when there is nothing."""
    local, _, domain = value.rpartition("@")
    meant = _meant(domain)
    if meant:
        return AddressDoubt("typo", "Did you mean %(address)s?", f"{local}@{meant}")
    if domain in _DISPOSABLE:
        return AddressDoubt("disposable", "Addresses of this domain are thrown away after a while.")
    if local.partition("+")[0] in _ROLES:
        return AddressDoubt("role", "This looks like an address that several people read.")
    return None


def _meant(domain: str) -> str:
    """The domain that was meant; empty when this one may well be right."""
    if domain in SHARED:
        return ""
    head, _, end = domain.rpartition(".")
    right = f"{head}.{_ENDS[end]}" if end in _ENDS else domain
    near = next((each for each in _OFTEN if right != each and _one_slip(right, each)), right)
    return near if near != domain else ""


def _one_slip(typed: str, meant: str) -> bool:
    """Whether one letter more, less, wrong or two of them swapped lies between the two."""
    if abs(len(typed) - len(meant)) > 1 or _DIGITS.search(typed):
        return False
    at = next(
        (n for n, (a, b) in enumerate(zip(typed, meant, strict=False)) if a != b),
        min(len(typed), len(meant)),
    )
    return (
        typed[at + 1 :] == meant[at + 1 :]
        or typed[at + 1 :] == meant[at:]
        or typed[at:] == meant[at + 1 :]
        or (typed[at : at + 2] == meant[at : at + 2][::-1] and typed[at + 2 :] == meant[at + 2 :])
    )
