"""What our own relay said of a recipient while it was spoken to (pure).

A relay that knows its mailboxes refuses at once what another would send back later as a bounce.
"""

from typing import Any

from digest.outbound.channels.email.reports.bounce_reason import BounceReason
from digest.outbound.channels.email.reports.classify import SmtpStage, judge, names_no_mailbox
from digest.outbound.channels.email.reports.enhanced_codes import STATUS
from digest.outbound.channels.report import Kind, Report, text


def report(body: dict[str, Any]) -> Report | None:
    """A hard bounce when the refusal says that there is no such mailbox, a soft one when it says by
    its code (X.2.1) that it is shut off, else nothing.

    ``body`` holds the copy's ``key`` and the relay's ``reply``. No other refusal is even a soft
    bounce: a relay that blocks us says it about every reader, every day, and days add up.
    """
    words = text(body.get("reply"))
    found = STATUS.search(words)
    status = found[0] if found else ""
    verdict = judge("", words, stage=SmtpStage.RECIPIENT)
    if names_no_mailbox(words):
        kind = Kind.HARD_BOUNCE
    elif status == "5.2.1" and verdict.reason is BounceReason.DISABLED:
        kind = Kind.SOFT_BOUNCE
    else:
        return None
    return Report(kind, text(body.get("key")), "", status, words, why=verdict.why)
