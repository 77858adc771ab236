"""Step: what was read at addresses is let go of once nobody goes on with it."""

from datetime import datetime, timedelta

from digest.intake.articles.by_address.models import AddressLookup

KEPT = timedelta(days=30)
"""How long a look-up is shown to who asked for it; the article and the audit stay."""


def forget_lookups(*, now: datetime) -> int:
    """Remove look-ups begun before :data:`KEPT`, whose pages' texts they hold; how many."""
    gone, _ = AddressLookup.objects.filter(asked_at__lt=now - KEPT).delete()
    return gone
