"""The table of enhanced status codes: what each says about the mailbox (pure).

From RFC 3463 and the registry of RFC 5248,
https://www.iana.org/assignments/smtp-enhanced-status-codes; a row of another source names it.
A code whose detail is 0 ("other or undefined") says nothing but its subject.
"""

import re

from digest.outbound.channels.email.reports.bounce_reason import BounceReason

_R = BounceReason

# The end of an IP address is none.
STATUS = re.compile(r"(?<![\w.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")
REPLY = re.compile(r"(?<![\w.])([45])\d\d(?![\w.])")

# By "subject.detail". RFC 3463 unless a comment says otherwise.
REASONS: dict[str, BounceReason] = {
    "1.1": _R.NO_MAILBOX,
    "1.2": _R.NO_DOMAIN,
    "1.3": _R.NO_MAILBOX,
    "1.4": _R.UNCLEAR,  # ambiguous: the mailbox may well be there
    "1.5": _R.UNCLEAR,  # valid
    "1.6": _R.MOVED,
    "1.7": _R.SENDER,
    "1.8": _R.SENDER,
    "1.9": _R.PROTOCOL,  # RFC 3886
    "1.10": _R.NO_DOMAIN,  # RFC 7505; Exchange Online uses it for a mailbox that is not found
    "2.0": _R.UNCLEAR,
    # "The mailbox exists, but is not accepting messages", for good or for now (3.3).
    "2.1": _R.DISABLED,
    "2.2": _R.FULL,
    "2.3": _R.TOO_LARGE,
    "2.4": _R.SYSTEM,
    "3.1": _R.SYSTEM,
    "3.2": _R.SYSTEM,
    "3.3": _R.PROTOCOL,
    "3.4": _R.TOO_LARGE,
    "3.5": _R.SYSTEM,
    "4.1": _R.NETWORK,
    "4.2": _R.NETWORK,
    "4.3": _R.NETWORK,
    "4.4": _R.NO_DOMAIN,
    "4.5": _R.NETWORK,
    "4.6": _R.NETWORK,
    "4.7": _R.NETWORK,
    "4.310": _R.NO_DOMAIN,  # Exchange Online: "DNS domain does not exist"
    "5.1": _R.PROTOCOL,
    "5.2": _R.PROTOCOL,
    "5.3": _R.PROTOCOL,
    "5.4": _R.PROTOCOL,
    "5.5": _R.PROTOCOL,
    "5.6": _R.PROTOCOL,  # RFC 4954
    "7.13": _R.DISABLED,  # RFC 5248: user account disabled
    "7.17": _R.MOVED,  # RFC 7293: the mailbox has changed its owner
    "7.18": _R.MOVED,  # RFC 7293: the domain has changed its owner
}
# Subjects whose every other detail is about something else than whether the mailbox is there.
# 5.3.0 and 5.5.0 say nothing of their own: hosts of before had no better code.
_SUBJECTS = {"6": _R.CONTENT, "7": _R.POLICY}

# RFC 5321, 4.2.3: not local, no mailbox of that name; RFC 7504: the domain takes no mail.
ADDRESSING_REPLIES = {"551": _R.MOVED, "553": _R.UNCLEAR, "556": _R.NO_DOMAIN}


def reason_of(code: str) -> BounceReason:
    """What an enhanced code (``5.1.1``) says of the mailbox."""
    _, subject, detail = (str(int(part)) for part in code.split("."))
    found = REASONS.get(f"{subject}.{detail}")
    return found or _SUBJECTS.get(subject, _R.UNCLEAR)
