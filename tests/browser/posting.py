"""The steps that workers call, in a thread of their own: Playwright's loop runs in the test's."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from digest.kit.clock import now
from digest.models import Send, Subscription
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.plan import plan_missing
from digest.outbound.delivery.sending.send import send_some
from tests.deadlines import patience


def elsewhere(*steps: Callable[[], object]) -> None:
    """Run the steps one after the other outside this thread, and wait for them."""

    def go() -> None:
        try:
            for step in steps:
                step()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as worker:
        worker.submit(go).result(timeout=patience(90))


def deliver() -> None:
    """Plan, fan out and send by email everything that is waiting."""
    plan_missing(now=now())
    for send in Send.objects.filter(channel="email", state=Send.State.PENDING):
        fan_out(send.pk, now=now())
        send_some(send.pk, seconds=20)


def states() -> dict[str, str]:
    """What readers asked for, by name, and the state that each is in."""
    found: dict[str, str] = {}
    elsewhere(lambda: found.update({each.name: each.state for each in Subscription.objects.all()}))
    return found
