"""What comes back of a mailbox that a reader has left for another shuts nobody out."""

from datetime import timedelta

import pytest

from digest.kit.clock import now
from digest.models import Address, Delivery, SoftBounces, Subscription, Suppression
from digest.outbound.channels.email.spec import SPEC as MAIL
from digest.outbound.channels.report import Kind, Report
from digest.outbound.returns.take import apply
from digest.outbound.returns.together import apply_together
from tests.scenes import scene

pytestmark = pytest.mark.django_db
NOW = now()
HOUR = timedelta(hours=1)


@pytest.fixture
def key() -> str:
    """A copy that went out two hours ago to a reader who changed their address an hour ago."""
    send = scene.running_edition(1, now=NOW)
    address = Address.objects.get()
    Delivery.objects.filter(send_id=send.pk).update(
        state=Delivery.State.SENT, sent_at=NOW - 2 * HOUR, next_try_at=None
    )
    Address.objects.update(moved_at=NOW - HOUR)
    return f"{send.pk}-{address.pk}"


@pytest.mark.parametrize("kind", [Kind.HARD_BOUNCE, Kind.SOFT_BOUNCE, Kind.COMPLAINT])
@pytest.mark.parametrize("together", [False, True])
def test_a_late_report_counts_for_its_copy_alone(key: str, kind: Kind, together: bool) -> None:
    report = Report(kind, key=key, at=NOW)
    for _ in range(9):
        if together and kind is Kind.COMPLAINT:
            apply_together([[report]], now=NOW)
        else:
            apply(report, MAIL, now=NOW)
    assert Delivery.objects.get().outcome is not None
    assert not Suppression.objects.exists() and not SoftBounces.objects.exists()
    assert Subscription.objects.get().state == "active"


@pytest.mark.parametrize("kind", [Kind.HARD_BOUNCE, Kind.COMPLAINT])
@pytest.mark.parametrize("together", [False, True])
def test_a_report_of_the_new_mailbox_counts(key: str, kind: Kind, together: bool) -> None:
    Delivery.objects.update(sent_at=NOW - HOUR / 2)
    report = Report(kind, key=key, at=NOW)
    if together and kind is Kind.COMPLAINT:
        apply_together([[report]], now=NOW)
    else:
        apply(report, MAIL, now=NOW)
    assert Suppression.objects.exists()
