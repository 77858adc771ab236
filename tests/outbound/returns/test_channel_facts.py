"""What a provider says of a channel reaches the next run that sends by it."""

from datetime import timedelta
from typing import Any

import pytest

from digest.kit.clock import now
from digest.models import ChannelFact, ProviderEvent, Subscription
from digest.outbound.delivery.ledger import channel_facts
from digest.outbound.delivery.sending import send as sending
from digest.outbound.returns.take import take_events
from tests.web import desk_day

pytestmark = pytest.mark.django_db
PAUSED = {
    "event": "PAUSED", "reason": "NONE", "message_template_id": 1,
    "message_template_name": "top_reads_3", "message_template_language": "en",
}  # fmt: skip


def told(kind: str, value: dict[str, Any], **at: Any) -> None:
    count = ProviderEvent.objects.count()
    ProviderEvent.objects.create(
        provider="whatsapp",
        event_id=f"{kind}:{count}",
        body={"kind": kind, "value": value},
        received_at=now() - timedelta(**at),
    )
    take_events(now=now())


def test_a_paused_template_is_known_to_the_next_run(settings: Any) -> None:
    settings.DIGEST_WHATSAPP_PHONE_ID = settings.DIGEST_WHATSAPP_TOKEN = "1"
    told("message_template_status_update", PAUSED)
    assert channel_facts.of("whatsapp") == {
        "status:top_reads_3:en": {"status": "PAUSED", "reason": "NONE"}
    }
    made: Any = sending._channel("whatsapp")
    assert made._facts == channel_facts.of("whatsapp")


def test_what_comes_late_does_not_undo_what_is_newer() -> None:
    told("message_template_status_update", PAUSED | {"event": "APPROVED"})
    told("message_template_status_update", PAUSED, hours=3)
    assert ChannelFact.objects.get().value["status"] == "APPROVED"
    told("message_template_status_update", PAUSED)
    assert ChannelFact.objects.get().value["status"] == "PAUSED"


@pytest.mark.parametrize(
    ("value", "stops"),
    [
        ({"category": "marketing_messages", "value": "stop"}, True),
        ({"category": "marketing_messages", "value": "resume"}, False),
        ({"category": "utility_messages", "value": "stop"}, False),
    ],
)
def test_who_switches_our_messages_off_in_whatsapp_is_not_written_to(
    value: dict[str, str], stops: bool
) -> None:
    desk_day.reader("+6591234567", now(), alerts=True)
    given = {"wa_id": "6591234567", "timestamp": str(int(now().timestamp()))} | value
    told("user_preferences", {"user_preferences": [given, "odd", {}]})
    assert (Subscription.objects.get().state == "ended") == stops
