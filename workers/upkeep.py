"""Tasks that repair and tidy."""

from celery import shared_task

from digest.audience.lapse import lapse as lapse_subscriptions
from digest.intake.articles.marks import forget_marks
from digest.kit import wake
from digest.kit.sql import now
from digest.outbound.delivery import partitions
from digest.outbound.delivery.guarding import guard as guard_sends
from digest.outbound.delivery.retention import forget
from digest.outbound.delivery.sweep import sweep as sweep_deliveries
from digest.outbound.returns.pickup import pick_up
from digest.outbound.returns.take import take_events


@shared_task(name="upkeep.sweep")
def sweep() -> None:
    """Take back expired leases and wake whoever should look at a send."""
    swept = sweep_deliveries(now=now())
    for lane, ids in swept.to_fan_out.items():
        wake.call(f"fan_out:{lane}", *ids)
    for lane, ids in swept.to_send.items():
        wake.call(f"send:{lane}", *ids)


@shared_task(name="upkeep.partitions")
def keep_partitions() -> None:
    """Make ranges of the ledger ahead of use."""
    partitions.ensure_ahead()


@shared_task(name="upkeep.guard")
def guard() -> None:
    """Pause sends whose readers bounce or complain too much, or that everybody refuses."""
    guard_sends(now=now())


@shared_task(name="upkeep.retention")
def retention() -> None:
    """Let go of what is older than the operator keeps, or than anybody looks up."""
    forget(now=now())
    forget_marks(now=now())


@shared_task(name="upkeep.events")
def events() -> None:
    """Work out what came back by mail and webhook."""
    if take_events(now=now()).is_full:
        wake.call("events")


@shared_task(name="upkeep.returns")
def returns() -> None:
    """Fetch returned mail from the mailboxes that are set."""
    pick_up()


@shared_task(name="upkeep.lapse")
def lapse() -> None:
    """End pauses whose time is over, and sign-ups that nobody confirmed."""
    lapse_subscriptions(now=now())
