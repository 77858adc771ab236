"""Articles for the tests of stories and topics."""

import hashlib
from datetime import UTC, datetime, timedelta
from itertools import count

from digest.models import Article

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
_numbers = count(1)

MISSILE = (
    "North Korea fires ballistic missile into sea, Seoul says",
    "Pyongyang launches ballistic missile toward eastern sea, South Korea military says",
    "Seoul: North Korea launched a ballistic missile off its east coast",
    "North Korea missile launch into eastern sea draws protest from Seoul",
)
BANK = (
    "Central bank raises interest rates by half a point to fight inflation",
    "Interest rates go up half a point as central bank battles inflation",
    "Half-point rate rise: central bank acts against inflation",
    "Inflation fight: central bank lifts interest rates half a point",
)


def article(title: str, minutes: float = 0, **fields: object) -> Article:
    """A stored article, published so many minutes after noon."""
    number = next(_numbers)
    at = NOON + timedelta(minutes=minutes)
    return Article.objects.create(
        **{
            "url": f"https://outlet.example/{number}",
            "url_hash": hashlib.sha256(str(number).encode()).digest(),
            "title": title,
            "source": f"Outlet {number}",
            "language": "en",
            "published_at": at,
            "first_seen_at": at,
            "updated_at": at,
            "content_hash": b"\0" * 32,
            **fields,
        }
    )
