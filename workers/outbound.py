"""Tasks from a published edition or an issued alert to the other side's answer."""

from celery import shared_task

from digest.audience.moving.asking import answer_moves
from digest.audience.moving.making import make_due
from digest.audience.notes.handing import hand_over
from digest.audience.notes.quiet import ask_quiet, let_go
from digest.audience.notes.series import advance, enrol
from digest.audience.preferring.own_links import answer_wishes
from digest.audience.schedules.batches import batch_ready
from digest.audience.schedules.opening import open_slots
from digest.kit import wake
from digest.kit.sql import now
from digest.outbound.channels import registry
from digest.outbound.delivery.models import Send
from digest.outbound.delivery.planning.fanout import fan_out as fan_out_send
from digest.outbound.delivery.planning.held import merge_held
from digest.outbound.delivery.planning.notes import (
    arrived,
    carriers_of_questions,
    carriers_of_series,
    had_since,
)
from digest.outbound.delivery.planning.plan import plan_missing
from digest.outbound.delivery.planning.takeover import take_over
from digest.outbound.delivery.planning.unsent_first import pass_on_unsent
from digest.outbound.delivery.sending.configuration import (
    RUN_SECONDS,
    configured_patience,
    longest,
)
from digest.outbound.delivery.sending.send import send_some
from digest.outbound.member_letters import send_member_letters
from workers.personal import compose_waiting

Kind = Send.Kind
# The run's own watchdog comes first. A soft limit raises in whatever the event loop does just then.
SEND_LIMIT = longest(RUN_SECONDS, configured_patience()) + 60


@shared_task(name="outbound.plan")
def plan() -> None:
    """Plan the sends of published editions."""
    plan_missing(now=now(), kinds={Kind.EDITION})


@shared_task(name="outbound.alerts")
def alerts() -> None:
    """Plan the sends of issued alerts, put together what quiet hours held, and pass on what one of
    a reader's channels did not bring, or never began to.
    """
    plan_missing(now=now(), kinds={Kind.ALERT})
    merge_held(now=now())
    take_over(now=now())
    pass_on_unsent(now=now())


@shared_task(name="outbound.service")
def service() -> None:
    """Plan the confirmations, links and welcomes that readers wait for; change their addresses."""
    answer_wishes(now=now())
    answer_moves(now=now(), kinds=registry.address_kinds())
    make_due(now=now(), kinds=registry.address_kinds())
    plan_missing(now=now(), kinds={Kind.SERVICE, Kind.WELCOME})


@shared_task(name="outbound.members")
def members() -> None:
    """Mail the newsroom's own people what is due to them."""
    send_member_letters(now=now)


@shared_task(name="outbound.slots")
def slots() -> None:
    """Open due slots, compose what they wait for, and plan the send of what is ready."""
    while open_slots(now=now()):
        pass
    if compose_waiting(_hand_over_slots):
        wake.call("slots")


@shared_task(name="outbound.notes")
def notes() -> None:
    """Note who is due a message of a series or a question; hand over what days have room for."""
    enrol(now=now())
    advance(now=now())
    ask_quiet(now=now(), channels=carriers_of_questions())
    let_go(now=now(), arrived=arrived)
    hand_over(now=now(), had_since=had_since, channels=carriers_of_series())
    plan_missing(now=now(), kinds={Kind.SERIES, Kind.ASK})


def _hand_over_slots() -> None:
    """Put what is composed and due into batches, and plan their sends."""
    batch_ready(now=now())
    plan_missing(now=now(), kinds={Kind.SLOTS})


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
