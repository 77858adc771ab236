"""What a relay's no means: for this address, for this mail, or for all of them."""

import re
from enum import Enum

from digest.outbound.channels.base import Rejected

# RFC 3463, section 3.2: the subject "addressing"; some relays look an address up after DATA only.
_ADDRESSING = re.compile(r"(?<![\d.])5\.1\.\d{1,3}(?![\d.])")
# What we may send is used up: nothing of this reader's. X.4.5 is "mail system congestion" (RFC
# 3463, 3.5), by which Gmail's relay says that a day's quota is spent; others say it in words.
_QUOTA_CODE = re.compile(r"(?<![\d.])5\.4\.5(?![\d.])")
_QUOTA_WORDS = re.compile(
    r"\b(?:daily|hourly|monthly|sending|submission|outbound)\s+(?:user\s+|account\s+)?"
    r"(?:(?:sending|message|mail|email|e-mail|relay|submission|recipient)s?\s+)?"
    r"(?:quota|limit|allowance|credits?)\b",
    re.IGNORECASE,
)
# The reader's own mailbox is full, or gets too much: not ours to pause for.
_MAILBOX = re.compile(r"mailbox|inbox|recipient'?s|the user\b|storage|receiv|size", re.IGNORECASE)


class Said(Enum):
    """What the next answer will be about."""

    MAIL = 1
    RCPT = 2
    DATA = 3
    CONTENT = 4
    ASIDE = 5  # RSET, or the end of a content that nobody was to get


def refused(code: int, text: str, about: Said) -> Rejected:
    """The error for an answer of 4xx or 5xx to ``about``."""
    permanent = code // 100 == 5
    recipient = permanent and (
        about is Said.RCPT or (about is not Said.MAIL and bool(_ADDRESSING.search(text)))
    )
    words = f"{code} {text}"
    if permanent and is_quota(words):
        return Rejected(words, code, permanent=False, scope="quota")
    return Rejected(words, code, permanent=permanent, recipient=recipient)


def is_quota(words: str) -> bool:
    """Whether a relay says that we have sent as much as we may: it will say so to every mail."""
    if _MAILBOX.search(words):
        return False
    return bool(_QUOTA_CODE.search(words) or _QUOTA_WORDS.search(words))
