"""Step: a mail that came back goes into the inbox of events, once."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from digest.kit import wake
from digest.outbound.channels.email.reports.bounce import LARGEST
from digest.outbound.channels.email.webhooks import MAIL
from digest.outbound.delivery.models import ProviderEvent


def receive(mail: bytes, recipients: Sequence[str], *, null_sender: bool, now: datetime) -> bool:
    """Store ``mail`` as it came, its first 256 KiB; a worker reads it. False when it is known.

    ``recipients`` are those of its envelope, empty when a mailbox did not keep them.
    """
    kept = mail[:LARGEST]
    named = "\n".join(sorted(recipients)).encode("utf-8", "replace")
    _, is_new = ProviderEvent.objects.get_or_create(
        provider=MAIL,
        event_id=hashlib.sha256(named + b"\0" + kept).hexdigest(),
        defaults={
            "body": {
                # Any byte as one character; the one PostgreSQL's text cannot hold says nothing.
                "mail": kept.replace(b"\0", b"").decode("latin-1"),
                "recipients": [each[:320].replace("\0", "") for each in recipients[:20]],
                "null_sender": null_sender,
            },
            "received_at": now,
        },
    )
    if is_new:
        wake.on_commit("events")
    return is_new
