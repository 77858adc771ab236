"""What our own relay said of a recipient while it was spoken to (pure).

A relay that knows its mailboxes refuses at once what another would send back later as a bounce.
"""

from typing import Any

from digest.outbound.channels.email.reports.classify import STATUS, names_no_mailbox
from digest.outbound.channels.report import Kind, Report, text


def report(body: dict[str, Any]) -> Report | None:
    """A hard bounce when the refusal says that there is no such mailbox, else nothing.

    ``body`` holds the copy's ``key`` and the relay's ``reply``. No other refusal is even a soft
    bounce: a relay that blocks us says it about every reader, every day, and days add up.
    """
    words = text(body.get("reply"))
    if not names_no_mailbox(words):
        return None
    status = STATUS.search(words)
    return Report(Kind.HARD_BOUNCE, text(body.get("key")), "", status[0] if status else "", words)
