"""Whether a send takes the place of what went out before it, on a channel that can do that."""

from django.db.models import QuerySet

from digest.newsdesk.alerts.models import AlertRevision
from digest.outbound.channels import registry
from digest.outbound.delivery.models import Send
from digest.outbound.delivery.sending.copies import Replacing
from digest.outbound.messages.message import Act


def follows(send: Send) -> tuple[tuple[int, str], ...]:
    """The sends that an alert's correction or withdrawal follows, with their suffixes, in order."""
    if send.kind != Send.Kind.ALERT or send.revision == 1:
        return ()
    earlier = _earlier(send).filter(started_at__isnull=False).order_by("revision")
    return tuple(earlier.values_list("pk", "message_id_suffix"))


def replacing(send: Send) -> Replacing | None:
    """What a correction or a withdrawal does to the revisions before it; None: nothing.

    On a channel that can do neither it goes out as a message of its own.
    """
    if send.kind not in (Send.Kind.ALERT, Send.Kind.EDITION) or send.revision == 1:
        return None
    spec = registry.spec(send.channel)
    if not (spec.replaces or spec.withdraws):
        return None
    if send.kind == Send.Kind.EDITION:
        sends = tuple(_earlier(send).values_list("pk", flat=True))
        return Replacing(Act.REPLACE, sends) if spec.replaces else None
    revision = AlertRevision.objects.get(alert_id=send.source_id, revision=send.revision)
    if revision.kind == AlertRevision.Kind.WITHDRAWAL and spec.withdraws:
        act = Act.WITHDRAW
    elif spec.replaces:
        act = Act.REPLACE
    else:
        return None
    return Replacing(act, tuple(_earlier(send).values_list("pk", flat=True)))


def _earlier(send: Send) -> QuerySet[Send]:
    return Send.objects.filter(
        kind=send.kind,
        source_id=send.source_id,
        channel=send.channel,
        revision__lt=send.revision,
    )
