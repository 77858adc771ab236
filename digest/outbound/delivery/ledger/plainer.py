"""A copy that failed for the picture above its words alone goes once more, without it.

What a provider fetches itself it fetches after it has accepted the message, so this becomes known
by a report. The report is certain that nothing arrived: only then is anything repeated.
"""

from datetime import datetime

from django.db.models import Q

from digest.kit import wake
from digest.kit.errors import ServiceError
from digest.outbound.delivery.models import Delivery, Message, Send
from digest.outbound.messages.message import Words, content_hash

PICTURE = "picture"
"""The field of a channel's words that a message can go without."""
VARIANT = "plain"
_MAY_GO = (Send.State.RUNNING, Send.State.PAUSED, Send.State.DONE)


class StillInHand(ServiceError):
    """The report came before our own note of what was sent; it is looked at again."""


def again_plainer(send_id: int, address_id: int, *, now: datetime, words: str) -> bool:
    """Make the copy due again, with words that have no picture; whether it had one.

    So do the words of those who still wait for that message: nobody else takes the detour. Nothing
    happens to a send that was called off. Call it in a transaction. Raises :class:`StillInHand`.
    """
    rows = Delivery.objects.filter(send_id=send_id, address_id=address_id)
    found = rows.values_list("message_id", "state").first()
    message = Message.objects.filter(pk=found[0]).first() if found else None
    if found is None or message is None or not message.words.get(PICTURE):
        return False
    if found[1] == Delivery.State.SENDING:
        raise StillInHand(f"The copy {send_id}-{address_id} is still being sent.")
    send = Send.objects.select_for_update().filter(pk=send_id, state__in=_MAY_GO).first()
    if send is None:
        return False
    plain, is_new = _without(message, now)
    perhaps = Q(state=Delivery.State.DEFERRED, lost_answers__gt=0)
    left = Q(state__in=[Delivery.State.SENT, Delivery.State.UNKNOWN])
    again = rows.filter(left | perhaps, message_id=message.pk).update(
        state=Delivery.State.DEFERRED,
        message_id=plain.pk,
        next_try_at=now,
        lost_answers=0,
        sent_at=None,
        provider_id=None,
        outcome=None,
        outcome_at=None,
        reply=words or "Its picture was refused: once more without it.",
    )
    if is_new:
        waiting = Q(state__in=[Delivery.State.PENDING, Delivery.State.DEFERRED], lost_answers=0)
        still = Delivery.objects.filter(waiting, send_id=send_id, message_id=message.pk)
        still.update(message_id=plain.pk)
    if not again:
        return False
    if send.state == Send.State.DONE:
        send.state, send.finished_at = Send.State.RUNNING, None
        send.save(update_fields=["state", "finished_at"])
    if send.state == Send.State.RUNNING:
        wake.on_commit(f"send:{send.lane}", send.pk)
    return True


def _without(message: Message, now: datetime) -> tuple[Message, bool]:
    """The same message without its picture, and whether this call made it."""
    variant = f"{message.variant}-{VARIANT[0]}" if message.variant else VARIANT
    fields = {**message.words, PICTURE: ""}
    words = Words(
        channel=message.channel,
        language=message.language,
        template=message.template,
        template_version=message.template_version,
        fields=fields,
        variant=variant,
    )
    return Message.objects.get_or_create(
        kind=message.kind,
        source_id=message.source_id,
        revision=message.revision,
        channel=message.channel,
        language=message.language,
        variant=variant,
        defaults={
            "template": message.template,
            "template_version": message.template_version,
            "content_hash": content_hash(words),
            "words": fields,
            "created_at": now,
        },
    )
