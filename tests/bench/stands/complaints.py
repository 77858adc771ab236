"""Complaints by the thousand, in the inbox."""

from datetime import datetime

from django.conf import settings

from digest.models import Delivery, ProviderEvent, Send
from digest.outbound.channels.email.verp import envelope_sender
from digest.outbound.channels.email.webhooks import MAIL
from tests.outbound.returns.returned import complaint
from tests.scenes import scene


def come(number: int, kind: str, *, now: datetime) -> Send:
    """An edition to so many readers, all of whom complain: ``webhook`` or ``arf``."""
    send = scene.running_edition(number, now=now, slug=f"complained-{kind}")
    copies = Delivery.objects.filter(send_id=send.pk)
    copies.update(state=Delivery.State.SENT, sent_at=now, next_try_at=None)
    ids = list(copies.order_by("address_id").values_list("address_id", flat=True))
    ProviderEvent.objects.bulk_create(
        _webhook(send, each, now) if kind == "webhook" else _arf(send, each, now) for each in ids
    )
    return send


def _webhook(send: Send, address_id: int, now: datetime) -> ProviderEvent:
    name = f"{send.pk}-{address_id}.{send.message_id_suffix}@{settings.DIGEST_LIST_DOMAIN}"
    body = {"event": "complained", "message": {"headers": {"message-id": name}}}
    return ProviderEvent(
        provider="mailgun", event_id=f"{send.pk}-{address_id}", body=body, received_at=now
    )


def _arf(send: Send, address_id: int, now: datetime) -> ProviderEvent:
    sender = envelope_sender(
        f"{send.pk}-{address_id}", settings.DIGEST_LIST_DOMAIN, settings.SECRET_KEY
    )
    body = {
        "mail": complaint(mail_from=sender).decode("latin-1"),
        "recipients": [],
        "null_sender": False,
    }
    return ProviderEvent(
        provider=MAIL, event_id=f"arf {send.pk}-{address_id}", body=body, received_at=now
    )
