"""The signature over a webhook's body (pure)."""

import hashlib
import hmac


def is_signed(body: bytes, header: str, secret: str) -> bool:
    """Whether ``header`` is ``sha256=`` and the HMAC-SHA-256 of ``body``, as Meta signs.

    Without a secret nothing is signed: an open door would let anybody end subscriptions.
    """
    if not secret:
        return False
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), header.strip().encode("utf-8", "replace"))
