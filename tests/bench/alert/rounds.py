"""One alert to so many readers of a channel, or of several at once, in the middle of a digest, and
what it found.

Import it when Django is set up.
"""

import json
import time
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from digest.kit.clock import now
from digest.kit.wake import on_commit
from digest.models import Delivery, Newsletter, Send
from digest.outbound.channels.apns.stand_in.server import TOPIC
from digest.outbound.channels.webpush import vapid
from digest.outbound.delivery.control import controls
from digest.outbound.delivery.figures.arrival import arrival
from digest.outbound.delivery.planning.plan import plan_edition
from tests.bench import mail
from tests.bench.alert.waiting import until
from tests.fakes.push_service import Browser
from tests.scenes import scene
from tests.scenes.processes import Crew

# An address of each channel's form, from a row's id.
_FORMS = {
    "webpush": "%(base)s || id",
    "fcm": "rpad('app' || id || ':', 140, 'a')",
    "apns": "lpad(to_hex(id), 64, '0')",
    "telegram": "id::text",
}
_SHAPE = (
    "UPDATE digest_address SET value = {form}, channel_data = %(data)s WHERE channel = %(name)s"
)
_FOLLOW = """
UPDATE digest_subscription SET state = 'active' WHERE id IN (
    SELECT s.id FROM digest_subscription s JOIN digest_address a ON a.id = s.address_id
    WHERE s.alerts AND a.channel = %s ORDER BY s.id LIMIT %s)
"""
_REST = "UPDATE digest_subscription SET state = 'paused' WHERE alerts AND state = 'active'"
# Counted anyway: to look it up in the ledger would cost the digest more than an alert does.
_GONE_OUT = "SELECT coalesce(sum(sent), 0) FROM digest_send_count WHERE send_id = ANY(%s)"


def readers(channels: tuple[str, ...], most: int, port: int, key: vapid.VapidKey) -> None:
    """So many readers of alerts on each channel, none of whom gets any yet."""
    data = {
        "webpush": Browser().data(key.public),
        "apns": {"topic": TOPIC, "environment": "production", "told": int(time.time())},
    }
    for name in channels:
        scene.readers(most, None, now=now(), channel=name, domain="urgent.example")
        if name in _FORMS:
            with connection.cursor() as cursor:
                given = {
                    "base": f"http://127.0.0.1:{port}/push/",
                    "data": json.dumps(data.get(name, {})),
                    "name": name,
                }
                cursor.execute(_SHAPE.format(form=_FORMS[name]), given)
    with connection.cursor() as cursor:
        cursor.execute(_REST)
        for table in ("subscriber", "address", "subscription"):
            # As autovacuum would have left readers who came over years.
            cursor.execute(f"VACUUM ANALYZE digest_{table}")


@dataclass
class Digest:
    """The long send beside: an edition, and the next one when little is left of it."""

    newsletter: Newsletter
    readers: int
    crew: Crew
    sends: list[int] = field(default_factory=list)

    def flow(self, after: int) -> None:
        """Until it is under way: fanned out, and ``after`` accepted."""
        if self.sends and self._left() > min(self.readers * 6 // 10, 60_000):
            return
        frozen = scene.edition(self.newsletter, now=now())
        mail.put(frozen, now=now())
        (send_id,) = plan_edition(frozen.edition_id, 1, now=now()).send_ids
        self.sends.append(send_id)
        send = Send.objects.filter(pk=send_id)
        until(lambda: send.exclude(fanned_out_at=None).exists(), self.crew, pause=0.2)
        before = self.gone_out()
        until(lambda: self.gone_out() >= before + after, self.crew, pause=0.2)

    def is_under_way(self) -> bool:
        """Whether any of it is still to go."""
        done = Send.objects.filter(pk__in=self.sends, state=Send.State.DONE).count()
        return done < len(self.sends)

    def gone_out(self) -> int:
        """How many of its mails were accepted until now."""
        with connection.cursor() as cursor:
            cursor.execute(_GONE_OUT, [self.sends])
            return int(cursor.fetchone()[0])

    def _left(self) -> int:
        total = sum(Send.objects.filter(pk__in=self.sends).values_list("total", flat=True))
        return total - self.gone_out()


class Watch:
    """How fast the digest goes between two looks, in mails a second."""

    def __init__(self, digest: Digest) -> None:
        self._digest = digest
        self._at, self._gone = time.monotonic(), digest.gone_out()

    def lap(self) -> float:
        """Its pace since the look before."""
        at, gone = time.monotonic(), self._digest.gone_out()
        pace = (gone - self._gone) / max(at - self._at, 0.001)
        self._at, self._gone = at, gone
        return pace


@dataclass(frozen=True, slots=True)
class Asked:
    """One round: its channels, the readers of each, how long the digest is watched before and
    after, and how long the alert may take (seconds).
    """

    channels: tuple[str, ...]
    readers: int
    rest: float
    most: float


def play(asked: Asked, digest: Digest, after: int) -> list[dict[str, Any]]:
    """Issue an alert and wait until all of its readers have it; what each channel found."""
    digest.flow(after)
    with connection.cursor() as cursor:
        cursor.execute(_REST)
        for each in asked.channels:
            cursor.execute(_FOLLOW, [each, asked.readers])
    watch = Watch(digest)
    time.sleep(asked.rest)
    usual = watch.lap()
    revision = scene.alert(now=now())
    on_commit("alerts")
    sends = Send.objects.filter(
        kind="alert", source_id=revision.alert_id, channel__in=asked.channels
    )
    done = sends.filter(state=Send.State.DONE)
    try:
        every = len(asked.channels)
        until(lambda: done.count() == every, digest.crew, seconds=asked.most, pause=0.1)
    except TimeoutError:
        # What it found until then is told; the next alert must not wait for the rest.
        for pk in sends.exclude(state=Send.State.DONE).values_list("pk", flat=True):
            controls.cancel(pk, now=now())
    during = watch.lap()
    time.sleep(asked.rest)
    after_it, under_way = watch.lap(), digest.is_under_way()
    lost = round(100 * (1 - during / usual), 1) if usual and under_way else None
    beside = {
        "together": len(asked.channels),
        "digest_under_way": under_way,
        "digest_per_s_before": round(usual),
        "digest_per_s_during": round(during),
        "digest_per_s_after": round(after_it),
        "digest_lost_percent": lost,
    }
    return [_arrived(each, asked.readers) | beside for each in sends.order_by("pk")]


def _arrived(send: Send, readers: int) -> dict[str, Any]:
    found = arrival(send)
    times = Delivery.objects.filter(send_id=send.pk, state=Delivery.State.SENT)
    last = times.order_by("-sent_at").values_list("sent_at", flat=True).first()
    assert found is not None and last is not None
    return {
        "channel": send.channel,
        "readers": readers,
        "accepted": times.count(),
        "first_ms": round(found.first * 1000),
        "p50_s": round(found.half, 2),
        "p90_s": round(found.ninety, 2),
        "p99_s": round(found.p99, 2),
        "all_s": round((last - send.due_at).total_seconds(), 2),
    }
