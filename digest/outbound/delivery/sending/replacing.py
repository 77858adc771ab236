"""Whether a send takes the place of what went out before it, on a channel that can do that."""

from digest.newsdesk.alerts.models import AlertRevision
from digest.outbound.channels import registry
from digest.outbound.delivery.models import Send
from digest.outbound.delivery.sending.copies import Replacing
from digest.outbound.messages.message import Act


def replacing(send: Send) -> Replacing | None:
    """What an alert's correction or withdrawal does to the revisions before it; None: nothing.

    On a channel that can do neither it goes out as a message of its own.
    """
    if send.kind != Send.Kind.ALERT or send.revision == 1:
        return None
    spec = registry.spec(send.channel)
    if not (spec.replaces or spec.withdraws):
        return None
    revision = AlertRevision.objects.get(alert_id=send.source_id, revision=send.revision)
    if revision.kind == AlertRevision.Kind.WITHDRAWAL and spec.withdraws:
        act = Act.WITHDRAW
    elif spec.replaces:
        act = Act.REPLACE
    else:
        return None
    earlier = Send.objects.filter(
        kind=send.kind,
        source_id=send.source_id,
        channel=send.channel,
        revision__lt=send.revision,
    )
    return Replacing(act, tuple(earlier.values_list("pk", flat=True)))
