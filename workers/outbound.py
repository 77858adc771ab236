"""Tasks from a published edition or an issued alert to the other side's answer."""

from collections.abc import Sequence

from celery import shared_task

from digest.audience.preferring.own_links import answer_wishes
from digest.audience.schedules.batches import batch_ready
from digest.audience.schedules.opening import (
    Wanted,
    open_slots,
    slots_composed_together,
    slots_waiting,
)
from digest.kit import wake
from digest.kit.observe import log
from digest.kit.sql import now
from digest.newsdesk.alerts.issued import issued_before
from digest.newsdesk.editions.core.rank import EditionWindow
from digest.newsdesk.editions.history import ReaderHistory
from digest.newsdesk.editions.personal import PersonalEdition, compose_many
from digest.outbound.delivery.models import Send
from digest.outbound.delivery.planning.fanout import fan_out as fan_out_send
from digest.outbound.delivery.planning.plan import plan_missing
from digest.outbound.delivery.sending.configuration import (
    RUN_SECONDS,
    configured_patience,
    longest,
)
from digest.outbound.delivery.sending.send import send_some

Kind = Send.Kind
# The run's own watchdog comes first. A soft limit raises in whatever the event loop does just then.
SEND_LIMIT = longest(RUN_SECONDS, configured_patience()) + 60
# Personal editions composed by one task: a few seconds' work.
AT_ONCE = 200


@shared_task(name="outbound.plan")
def plan() -> None:
    """Plan the sends of published editions."""
    plan_missing(now=now(), kinds={Kind.EDITION})


@shared_task(name="outbound.alerts")
def alerts() -> None:
    """Plan the sends of issued alerts."""
    plan_missing(now=now(), kinds={Kind.ALERT})


@shared_task(name="outbound.service")
def service() -> None:
    """Plan the confirmations and links that readers wait for."""
    answer_wishes(now=now())
    plan_missing(now=now(), kinds={Kind.SERVICE})


@shared_task(name="outbound.slots")
def slots() -> None:
    """Open due slots, compose what they wait for, and plan the send of what is ready."""
    while open_slots(now=now()):
        pass
    waiting = slots_waiting(now=now(), limit=AT_ONCE)
    composed = _compose(waiting)
    batch_ready(now=now())
    plan_missing(now=now(), kinds={Kind.SLOTS})
    if len(waiting) == AT_ONCE and composed:
        wake.call("slots")


def _compose(waiting: Sequence[Wanted]) -> int:
    """Personal editions for their slots; a broken one must not hold up the other readers'."""
    try:
        made = compose_many([_personal_edition(each) for each in waiting], now=now())
    except Exception:
        if len(waiting) > 1:
            return sum(_compose([each]) for each in waiting)
        log.exception("a personal digest could not be composed", signature=waiting[0].signature_key)
        return 0
    done = [(w.slot_ids, m.edition_id, m.reason) for w, m in zip(waiting, made, strict=True)]
    slots_composed_together(done)
    return len(made)


def _personal_edition(wanted: Wanted) -> PersonalEdition:
    return PersonalEdition(
        wanted.signature_key,
        wanted.topic_ids,
        wanted.language,
        EditionWindow(wanted.window_start, wanted.window_end, wanted.time_zone),
        wanted.slot_at,
        wanted.local_date,
        wanted.title,
        wanted.languages,
        ReaderHistory(
            wanted.had_keys,
            wanted.newsletter_ids,
            issued_before(wanted.slot_at) if wanted.alerts else (),
            wanted.muted,
        ),
    )


@shared_task(name="outbound.fan_out")
def fan_out(send_id: int) -> None:
    """Make the deliveries of a send; it wakes the sender itself."""
    fan_out_send(send_id, now=now())


@shared_task(name="outbound.send", soft_time_limit=SEND_LIMIT, time_limit=SEND_LIMIT + 30)
def send(send_id: int) -> None:
    """Send for half a minute, then make room for others and come back."""
    progress = send_some(send_id)
    if progress.left and not progress.stalled:
        wake.call(f"send:{progress.lane}", send_id)
