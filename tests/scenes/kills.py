"""What kills of senders leave in the ledger."""

from collections import Counter

from digest.models import Attempt

_ENDED = "The worker ended before the answer was recorded."


def lost_at_two_kills(send_id: int) -> set[int]:
    """The addresses whose message was in flight at two kills.

    It may have arrived both times, so it must not go out a third time: the ledger has to say that
    it does not know.
    """
    attempts = Attempt.objects.filter(send_id=send_id, result="unknown", reply=_ENDED)
    times = Counter(attempts.values_list("address_id", flat=True))
    assert max(times.values(), default=0) <= 2, "sent again after a second loss"
    return {address_id for address_id, count in times.items() if count == 2}
