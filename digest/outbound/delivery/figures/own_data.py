"""All that is stored on a reader, the ledger of what was sent to them included."""

from datetime import datetime
from typing import Any

from digest.audience.lists import export
from digest.audience.models.addresses import Address
from digest.outbound.delivery.figures.history import SentToReader, sent_to
from digest.outbound.delivery.followed.figures import of_reader

# The ledger drops old sends by itself; this bounds what one page has to hold.
_MOST = 20_000


def of_person(address_id: int, *, now: datetime) -> dict[str, Any] | None:
    """What :func:`~digest.audience.lists.export.person` tells, and every message that the ledger
    still knows of: what it was, why it went and what became of it; and the links followed lately,
    where they are counted. None for an unknown address.
    """
    told = export.person(address_id)
    if told is None:
        return None
    subscriber = Address.objects.values_list("subscriber_id", flat=True).get(pk=address_id)
    values = dict(Address.objects.filter(subscriber=subscriber).values_list("pk", "value"))
    sent = sent_to(subscriber, now=now, most=_MOST)
    return told | {
        "messages": [_message(each, values.get(each.address_id, "")) for each in sent],
        "followed_links": of_reader(values),
    }


def _message(each: SentToReader, to: str) -> dict[str, Any]:
    return {
        "at": each.at.isoformat(),
        "channel": each.channel,
        "to": to,
        "kind": each.kind,
        "title": each.title,
        "subject": each.subject,
        "why": each.why,
        "became": each.became.words,
        "answer": each.became.answer,
        "tries": [
            {"at": tried.at.isoformat(), "result": tried.result, "answer": tried.answer}
            for tried in each.tried
        ],
    }
