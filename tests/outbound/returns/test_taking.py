"""What came back is taken without waiting for the disk at each event, and lost by no crash."""

import pytest
from django.db import connection

from digest.kit.clock import now
from digest.models import ProviderEvent
from digest.outbound.returns import take

pytestmark = pytest.mark.django_db(transaction=True)


def commits_wait() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        return str(cursor.fetchone()[0])


def test_an_events_own_transaction_alone_does_not_wait_for_the_disk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Complaints by the thousand once took as many waits, one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO on")
    for number in range(3):
        ProviderEvent.objects.create(
            provider="mailgun",
            event_id=str(number),
            received_at=now(),
            body={"event": "unsubscribed"},
        )
    seen, whole = [], take._take

    def watched(event: ProviderEvent, moment: object) -> bool:
        seen.append(commits_wait())
        if event.event_id == "1":
            raise ValueError("a broken one")
        return whole(event, moment)  # type: ignore[arg-type]

    monkeypatch.setattr(take, "_take", watched)
    try:
        assert take.take_events(now=now()).seen == 3
        assert seen == ["off"] * 3
        assert commits_wait() == "on"
        assert not ProviderEvent.objects.filter(processed_at=None).exists()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET synchronous_commit")


class SoftTimeLimitExceeded(Exception):
    """Known by its name, as billiard's."""


@pytest.mark.parametrize("limit", [SoftTimeLimitExceeded(), MemoryError()])
@pytest.mark.parametrize("kind", ["unsubscribed", "delivered"])
def test_the_end_of_a_tasks_time_ends_the_taking_and_ticks_nothing_off(
    monkeypatch: pytest.MonkeyPatch, limit: BaseException, kind: str
) -> None:
    for number in range(3):
        ProviderEvent.objects.create(
            provider="mailgun", event_id=str(number), received_at=now(), body={"event": kind}
        )

    def ends(*given: object, **named: object) -> None:
        raise limit

    monkeypatch.setattr(take, "_take", ends)
    monkeypatch.setattr(take.together, "apply_together", ends)
    with pytest.raises(type(limit)):
        take.take_events(now=now())
    assert ProviderEvent.objects.filter(processed_at=None).count() == 3
