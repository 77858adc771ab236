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
    r"\b(?:daily|hourly|monthly|sending|submission|outbound|plan)\s+(?:user\s+|account\s+)?"
    r"(?:(?:send|sending|message|mail|email|e-mail|relay|submission|recipient)s?\s+)?"
    r"(?:quota|limit|allowance|credits?)\b|"
    # cPanel's Exim, of a domain of ours; SendGrid.
    r"\bmax(?:imum)? (?:e-?mails|messages|defers and failures) (?:per|an?|each) "
    r"(?:hour|day|month)\b|\b(?:maximum|out of|no more|insufficient) credits?\b|"
    r"\b(?:account|domain|server|you) (?:has|have) sent too (?:many|much)\b|"
    r"tages(?:limit|kontingent)|versandlimit|limite (?:d['’]envoi|quotidienne|di[áa]ri[oa]|"
    r"de envio|d['’]invio|di invio|giornalier)|l[íi]mite (?:diari|de env[íi]o)|суточн\w{1,4} лимит|"
    r"лимит отправ|dzienny limit|每日.{0,6}(?:限|上限)|送信(?:数の|の)?上限|発送上限|"
    r"(?:일일|발송).{0,6}(?:한도|제한)",
    re.IGNORECASE,
)
# The reader's own mailbox is full, or gets too much: not ours to pause for.
_MAILBOX = re.compile(r"mailbox|inbox|recipient's|the user\b|storage|receiv|size", re.IGNORECASE)


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
