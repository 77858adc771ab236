"""How soon a running send stands still, and whether everybody gets it after a resume.

``python -m tests.bench.controls --json`` pauses and resumes a send to ``--recipients`` readers at
random moments, with real workers, then cancels another in the middle. It prints, for each command,
how many mails were accepted after it (``after``), how many of them more than two seconds later
(``late``), and when the last one came (``last_ms``). Exit 0 only when none was late and none lost.
"""

import argparse
import json
import os
import random
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.alert.waiting import until
from tests.scenes import servers

if TYPE_CHECKING:
    from tests.fakes.sink import Register
    from tests.scenes.processes import Crew

ALLOWED = 2.0
# So long we listen after a command for mails that should not come.
LISTEN = 6.0


@dataclass(frozen=True, slots=True)
class Stop:
    """One command and what was accepted after it."""

    command: str
    sent_before: int
    after: int
    late: int
    last_ms: int


@dataclass(frozen=True, slots=True)
class Setting:
    """What one run of the bench is asked for."""

    recipients: int
    connections: int
    pauses: int
    delay: float
    seed: int


def main() -> int:
    """Send, stop at random moments, resume, count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipients", type=int, default=100_000)
    parser.add_argument("--connections", type=int, default=25)
    parser.add_argument("--pauses", type=int, default=3)
    parser.add_argument("--delay-ms", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(10**6)
    valkey = servers.prepare(
        DIGEST_SMTP_CONNECTIONS=str(given.connections), DIGEST_CHANNELS="email"
    )
    found = measure(
        Setting(given.recipients, given.connections, given.pauses, given.delay_ms / 1000, seed)
    )
    valkey.stop()
    print(json.dumps(found) if given.json else found, flush=True)
    kept = not found["late"] and not found["lost"] and not found["received_twice"]
    return 0 if kept and found["cancel_adds_up"] else 1


def measure(setting: Setting) -> dict[str, object]:
    """Both sends with real workers: one paused and resumed, one cancelled."""
    from digest.models import Delivery
    from tests.fakes.sink import Register
    from tests.fakes.smtp import running
    from tests.scenes.processes import Crew

    log = Path(os.environ["DIGEST_HOME"]) / "workers.log"
    with running(Register(delay=setting.delay)) as sink:
        os.environ["DIGEST_SMTP_URL"] = sink.url
        with Crew(["digests", "upkeep", "beat"], log=log) as crew:
            stops = pausing(setting, sink, crew)
            received = [mail.recipient for mail in sink.taken]
            sink.forget()
            sink.delay = setting.delay
            cancelled_send, stop, cancelled, marked = cancelling(setting, sink, crew)
            stops.append(stop)
    rows = Delivery.objects.filter(send_id=cancelled_send)
    sent = rows.filter(state=Delivery.State.SENT).count()
    return {
        "recipients": setting.recipients,
        "seed": setting.seed,
        "stops": [asdict(each) for each in stops],
        "late": sum(each.late for each in stops),
        "lost": setting.recipients - len(set(received)),
        "received_twice": len(received) - len(set(received)),
        "cancelled": cancelled,
        "cancel_marked_ms": round(marked * 1000),
        "cancel_adds_up": sent == len(sink.taken)
        and sent + rows.filter(state=Delivery.State.CANCELLED).count() == setting.recipients,
    }


def pausing(setting: Setting, sink: "Register", crew: "Crew") -> list[Stop]:
    """Pause and resume one send at random moments until everybody has it."""
    from digest.kit.clock import now
    from digest.outbound.delivery.control import controls

    dice, stops = random.Random(setting.seed), list[Stop]()
    send_id = start("pauses", setting.recipients)
    for share in sorted(dice.sample(range(5, 90), setting.pauses)):
        wanted = setting.recipients * share // 100
        until(lambda wanted=wanted: len(sink.taken) >= wanted, crew, 1800)  # type: ignore[misc]
        at = time.monotonic()
        controls.pause(send_id, now=now(), who="the bench")
        stops.append(listen(sink, "pause", at))
        controls.resume(send_id, now=now())
    until(lambda: ended(send_id), crew, 1800)
    return stops


def cancelling(setting: Setting, sink: "Register", crew: "Crew") -> tuple[int, Stop, int, float]:
    """Cancel one send when a third is out: its id, the stop, rows cancelled, seconds it took."""
    from digest.kit.clock import now
    from digest.outbound.delivery.control import controls

    send_id = start("cancels", setting.recipients)
    until(lambda: len(sink.taken) >= setting.recipients // 3, crew, 1800)
    at = time.monotonic()
    cancelled = controls.cancel(send_id, now=now(), who="the bench")
    marked = time.monotonic() - at
    stop = listen(sink, "cancel", at)
    until(lambda: ended(send_id), crew, 60)
    return send_id, stop, cancelled, marked


def start(slug: str, readers: int) -> int:
    """A running send of an edition to so many readers; its id."""
    from digest.kit.clock import now
    from digest.outbound.delivery.planning.plan import plan_edition
    from tests.scenes import scene

    daily = scene.newsletter(slug=slug)
    scene.readers(readers, daily, now=now(), domain=f"{slug}.example")
    edition_id = scene.edition(daily, now=now()).edition_id
    (send_id,) = plan_edition(edition_id, 1, now=now()).send_ids
    return send_id


def ended(send_id: int) -> bool:
    """Whether nothing of the send is left to do."""
    from digest.models import Send

    return Send.objects.filter(pk=send_id, finished_at__isnull=False).exists()


def listen(sink: "Register", command: str, at: float) -> Stop:
    """What the sink accepts after a command given ``at``."""
    before = sum(moment <= at for moment in list(sink.moments))
    time.sleep(max(LISTEN - (time.monotonic() - at), 0))
    after = [moment - at for moment in list(sink.moments)[before:]]
    return Stop(
        command,
        before,
        len(after),
        sum(each > ALLOWED for each in after),
        round(max(after, default=0.0) * 1000),
    )


if __name__ == "__main__":
    sys.exit(main())
