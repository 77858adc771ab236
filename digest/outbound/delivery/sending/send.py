"""Send some of a send's deliveries: claim, hand over, record.

Connections to the database: Django's own one per process and, while a run goes on, two more (one
for claims and the heart-beat, one for answers). With the table in ``workers.processes`` that is
at most 3 × 9 for the three lanes. To the relay, each run opens connections of its own, at most
``DIGEST_SMTP_CONNECTIONS``: an alert's run never waits for a connection that a digest holds.
"""

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass

from django.conf import settings
from django.db import connection as django_connection

from digest.audience.models.letters import Letter
from digest.kit.background import Watchdog
from digest.kit.sql import now
from digest.newsdesk.editions.models import Edition
from digest.outbound.channels import registry
from digest.outbound.channels.base import Channel, Learning, Patience
from digest.outbound.delivery.control import controls, hindrance, sweep
from digest.outbound.delivery.ledger import channel_facts, recover
from digest.outbound.delivery.ledger.claim import Claimed
from digest.outbound.delivery.models import Send
from digest.outbound.delivery.pacing.configured import pacer_for
from digest.outbound.delivery.pacing.pacer import Pacer
from digest.outbound.delivery.sending.configuration import (
    RUN_SECONDS,
    RunConfiguration,
    configured_patience,
)
from digest.outbound.delivery.sending.copies import (
    Copies,
    question_links,
    service_links,
    welcome_links,
)
from digest.outbound.delivery.sending.course import Course
from digest.outbound.delivery.sending.replacing import follows, replacing
from digest.outbound.delivery.sending.run import SendRun
from digest.outbound.messages.message import ReaderLinks

_NEW_LOOP: Callable[[], asyncio.AbstractEventLoop]
try:
    import uvloop

    _NEW_LOOP = uvloop.new_event_loop
except ImportError:  # a system that uvloop does not know
    _NEW_LOOP = asyncio.new_event_loop


@dataclass(frozen=True, slots=True)
class Progress:
    """What one run did. ``left``: deliveries still due now; ``lane``: that of the send.

    ``stalled``: nothing gets through for now, so leave the next look to the sweeper; ``ended``:
    why the run stopped (drained, time, stopped, signal, stalled, fault).
    """

    sent: int = 0
    failed: int = 0
    deferred: int = 0
    left: int = 0
    unknown: int = 0
    skipped: int = 0
    stalled: bool = False
    ended: str = "drained"
    lane: str = Send.Lane.DIGESTS.value


def send_some(
    send_id: int,
    *,
    seconds: float = RUN_SECONDS,
    channel: Channel | None = None,
    connections: int | None = None,
    patience: Patience | None = None,
    pacer: Pacer | None = None,
) -> Progress:
    """Work on a running send for at most ``seconds``, then say how far it came.

    Does nothing when the send is not running. Stops within a second of a pause, a cancellation or
    SIGTERM: what is in flight is finished, the rest is given back. The other side may take as long
    as ``patience`` says (by default ``DIGEST_COMMAND_TIMEOUT`` and ``DIGEST_ANSWER_TIMEOUT``); a
    final answer that takes longer counts as lost.
    May be called by any number of processes at once for the same send. Must not be called inside
    a transaction. Raises :class:`~digest.kit.background.Stuck` when it does not end in time.
    """
    if django_connection.in_atomic_block:
        raise RuntimeError("send_some works outside transactions: it talks to the network.")
    send = Send.objects.filter(pk=send_id, state=Send.State.RUNNING).first()
    if send is None:
        return Progress(ended="stopped")
    resumed = controls.last_resumed(send_id)
    recover.settle_orphans()
    configuration = _configuration(send, seconds, connections, patience)
    copies = Copies(
        send.pk,
        base_url=settings.DIGEST_BASE_URL,
        key=settings.SECRET_KEY,
        message_id_suffix=send.message_id_suffix,
        own_links=_own_links(send),
        replacing=replacing(send),
        follows=follows(send),
    )
    run = SendRun(
        configuration,
        channel or _channel(send.channel),
        copies,
        pacer or pacer_for(send.channel, configuration.newsletter),
    )
    Watchdog(f"send {send_id}", configuration.longest).run(_until_done(run), _NEW_LOOP)
    return _conclude(send, run.course, resumed)


def _channel(name: str) -> Channel:
    """The channel, told what its provider has said of it."""
    made = registry.channel(name, settings)
    if isinstance(made, Learning):
        made.learn(channel_facts.of(name))
    return made


def _configuration(
    send: Send, seconds: float, connections: int | None, patience: Patience | None
) -> RunConfiguration:
    """What a run must know of a send, by the settings where nothing else was asked for."""
    return RunConfiguration(
        send_id=send.pk,
        age=now() - (send.started_at or send.created_at),
        urgent=send.lane == Send.Lane.ALERTS,
        service=send.kind == Send.Kind.SERVICE,
        connections=connections or registry.at_once(send.channel, settings),
        lease=settings.DIGEST_LEASE,
        seconds=seconds,
        patience=patience or configured_patience(),
        allowed=tuple(settings.DIGEST_ALLOWED_RECIPIENTS),
        production=settings.DIGEST_PRODUCTION,
        journals=recover.journals(),
        most_refusals=settings.DIGEST_MOST_REFUSALS,
        lane=send.lane,
        newsletter=_newsletter(send),
        reported_as=registry.spec(send.channel).own_word,
        is_reported=registry.spec(send.channel).reports_each_copy,
    )


def _conclude(send: Send, course: Course, resumed: int) -> Progress:
    """Write down on the send how a run went; ``resumed`` is what resumed it last as it began."""
    if course.held_up_by:
        hindrance.note(send.pk, course.held_up_by, now=now())
    elif course.counts.sent:
        hindrance.clear(send.pk)
    if course.pause_reason and not course.was_stopped:
        # Somebody may have cancelled it meanwhile, which stops it as well.
        with suppress(controls.CannotControl):
            controls.pause(
                send.pk,
                now=now(),
                reason=course.pause_reason,
                who="the sender",
                unless_resumed_after=resumed,
            )
    left = sweep.finish(send.pk, now=now())
    if course.ended == "signal":
        # Whoever asked this process to end is still waiting for it.
        os.kill(os.getpid(), signal.SIGTERM)
    return Progress(
        **asdict(course.counts),
        left=left,
        stalled=course.ended in {"stalled", "fault"},
        ended=course.ended,
        lane=send.lane,
    )


def _own_links(send: Send) -> Callable[[Claimed], ReaderLinks] | None:
    """What makes the links of a letter or a welcome; of an erased letter no copy is made any more.

    None for all others: their links follow from the rows.
    """
    where, secret = settings.DIGEST_BASE_URL, settings.SECRET_KEY
    if send.kind == Send.Kind.WELCOME:
        return welcome_links(send.source_id, base_url=where, key=secret)
    if send.kind == Send.Kind.ASK:
        return question_links(base_url=where, key=secret)
    if send.kind != Send.Kind.SERVICE:
        return None
    found = Letter.objects.filter(pk=send.source_id).first()
    kind = Letter.Kind(found.kind) if found else Letter.Kind.CONFIRM
    base_url, key = settings.DIGEST_BASE_URL, settings.SECRET_KEY
    about = found.requests[0] if found and found.requests else 0
    return service_links(kind, send.source_id, about=about, base_url=base_url, key=key)


def _newsletter(send: Send) -> int | None:
    """The newsletter that an edition's send belongs to."""
    if send.kind != Send.Kind.EDITION:
        return None
    return Edition.objects.filter(pk=send.source_id).values_list("newsletter_id", flat=True).first()


async def _until_done(run: SendRun) -> None:
    restore = _listen_for_signals(run)
    try:
        await run.go()
    finally:
        restore()


def _listen_for_signals(run: SendRun) -> Callable[[], None]:
    """Take SIGTERM as a wish to stop soon; returns what puts the old handler back."""
    if threading.current_thread() is not threading.main_thread():
        return lambda: None
    loop, before = asyncio.get_running_loop(), signal.getsignal(signal.SIGTERM)
    loop.add_signal_handler(signal.SIGTERM, run.stop, "signal")

    def restore() -> None:
        loop.remove_signal_handler(signal.SIGTERM)
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)

    return restore
