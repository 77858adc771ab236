"""Step: a token that proves a webhook serves for one body only."""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

from digest.outbound.returns.models import WebhookToken

# Longer than any counts as fresh.
KEPT = timedelta(days=2)


def first_use(provider: str, token: str, said: Any, *, now: datetime) -> bool:
    """Remember a token, in the caller's transaction; False when it came with other words before.

    ``said`` is the JSON value that it is to prove. The provider may repeat itself, so the same
    words are no fault.
    """
    WebhookToken.objects.filter(seen_at__lt=now - KEPT).delete()
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).digest()
    row, _ = WebhookToken.objects.get_or_create(
        token=hashlib.sha256(f"{provider}:{token}".encode("utf-8", "replace")).digest(),
        defaults={"said": digest, "seen_at": now},
    )
    return bytes(row.said) == digest
