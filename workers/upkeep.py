"""Tasks that repair and tidy."""

from celery import shared_task
from django.conf import settings
from redis.exceptions import RedisError

from digest.audience.leaving.lapse import lapse as lapse_subscriptions
from digest.audience.lists.jobs import work as work_on_lists
from digest.intake.articles.by_address.forget import forget_lookups
from digest.intake.articles.fingerprints import forget_fingerprints
from digest.kit import valkey, wake
from digest.kit.sql import now
from digest.management.examination.channels import leave_word
from digest.outbound.channels import registry
from digest.outbound.delivery.canaries.trial import try_path_if_due
from digest.outbound.delivery.canaries.watch import watch_canaries
from digest.outbound.delivery.control.guard import guard as guard_sends
from digest.outbound.delivery.control.sweep import sweep as sweep_deliveries
from digest.outbound.delivery.followed.settle import settle
from digest.outbound.delivery.ledger import partitions
from digest.outbound.delivery.ledger.retention import forget
from digest.outbound.delivery.templates.watch import watch_templates
from digest.outbound.returns.holds import carry_out
from digest.outbound.returns.pickup import pick_up
from digest.outbound.returns.take import take_events
from digest.web.public.feeds_out.announce import announce as announce_feeds

# With more messages in its queue than this, a lane has enough to do until the next look.
_ENOUGH = 500


@shared_task(name="upkeep.sweep")
def sweep() -> None:
    """Take back expired leases and wake whoever should look at a send."""
    swept = sweep_deliveries(now=now())
    full = {lane for lane in {*swept.to_fan_out, *swept.to_send} if _is_full(lane)}
    for lane in swept.to_fan_out.keys() - full:
        wake.call(f"fan_out:{lane}", *swept.to_fan_out[lane])
    for lane in swept.to_send.keys() - full:
        wake.call(f"send:{lane}", *swept.to_send[lane])


def _is_full(lane: str) -> bool:
    """Whether the lane's queue needs no wake-ups now: every look brings one for each open send, and
    a lane without a worker would gather them for hours. Not when nobody can tell its length."""
    try:
        return int(valkey.client().llen(lane)) > _ENOUGH
    except RedisError:
        return False


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
    forget_fingerprints(now=now())
    forget_lookups(now=now())


@shared_task(name="upkeep.events")
def events() -> None:
    """Work out what came back by mail and webhook."""
    shut = carry_out(now=now())
    if take_events(now=now()).is_full or shut:
        wake.call("events")


@shared_task(name="upkeep.canaries")
def canaries() -> None:
    """Tell of alerts that a canary still waits for, and try their path on quiet days."""
    watch_canaries(now=now())
    try_path_if_due(now=now())


@shared_task(name="upkeep.returns")
def returns() -> None:
    """Fetch returned mail from the mailboxes that are set."""
    pick_up()


@shared_task(name="upkeep.lapse")
def lapse() -> None:
    """End pauses whose time is over, and sign-ups that nobody confirmed."""
    lapse_subscriptions(now=now())


@shared_task(name="upkeep.followed")
def followed() -> None:
    """Judge and count the links that were followed, and forget who did."""
    settle(now=now())


@shared_task(name="upkeep.channels")
def channels() -> None:
    """Check each channel, for `/health` to tell."""
    leave_word(valkey.client(), settings, now=now())


@shared_task(name="upkeep.templates")
def templates() -> None:
    """Ask providers how the words stand that they approve."""
    watch_templates(now=now())


@shared_task(name="upkeep.announce")
def announce() -> None:
    """Tell our hub which of our feeds have changed."""
    announce_feeds()


@shared_task(name="upkeep.imports")
def imports() -> None:
    """Look lists of readers through, and bring them in or take them back; a slice at a time."""
    if work_on_lists(now=now, kinds=registry.address_kinds()):
        wake.call("imports")
