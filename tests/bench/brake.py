"""How soon a running send stands still, and whether everybody gets it after a resume.

``python -m tests.bench.brake --json`` pauses and resumes a send to ``--recipients`` readers at
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

from tests.bench.alert import until
from tests.scenes import servers

if TYPE_CHECKING:
    from tests.fakes.sink import Register

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
    dice = random.Random(seed)
    valkey = servers.prepare(
        DIGEST_SMTP_CONNECTIONS=str(given.connections), DIGEST_CHANNELS="email"
    )
    from digest.kit.clock import now
    from digest.models import Delivery, Send
    from digest.outbound.delivery.control import controls
    from digest.outbound.delivery.planning.plan import plan_edition
    from tests.fakes.sink import Register
    from tests.fakes.smtp import running
    from tests.scenes import scene
    from tests.scenes.processes import Crew

    def start(slug: str, readers: int) -> int:
        letter = scene.newsletter(slug=slug)
        scene.readers(readers, letter, now=now(), domain=f"{slug}.example")
        (send_id,) = plan_edition(
            scene.edition(letter, now=now()).edition_id, 1, now=now()
        ).send_ids
        return send_id

    def ended(send_id: int) -> bool:
        return Send.objects.filter(pk=send_id, finished_at__isnull=False).exists()

    stops: list[Stop] = []
    log = Path(os.environ["DIGEST_HOME"]) / "workers.log"
    with running(Register(delay=given.delay_ms / 1000)) as sink:
        os.environ["DIGEST_SMTP_URL"] = sink.url
        with Crew(["digests", "upkeep", "beat"], log=log) as crew:
            first = start("pauses", given.recipients)
            for share in sorted(dice.sample(range(5, 90), given.pauses)):
                wanted = given.recipients * share // 100
                until(lambda wanted=wanted: len(sink.taken) >= wanted, crew, 1800)  # type: ignore[misc]
                at = time.monotonic()
                controls.pause(first, now=now(), who="the bench")
                stops.append(listen(sink, "pause", at))
                controls.resume(first, now=now())
            until(lambda: ended(first), crew, 1800)
            received = [mail.recipient for mail in sink.taken]
            sink.forget()
            sink.delay = given.delay_ms / 1000
            second = start("cancels", given.recipients)
            until(lambda: len(sink.taken) >= given.recipients // 3, crew, 1800)
            at = time.monotonic()
            cancelled = controls.cancel(second, now=now(), who="the bench")
            marked = time.monotonic() - at
            stops.append(listen(sink, "cancel", at))
            until(lambda: ended(second), crew, 60)
    rows = Delivery.objects.filter(send_id=second)
    sent = rows.filter(state=Delivery.State.SENT).count()
    found = {
        "recipients": given.recipients,
        "seed": seed,
        "stops": [asdict(each) for each in stops],
        "late": sum(each.late for each in stops),
        "lost": given.recipients - len(set(received)),
        "received_twice": len(received) - len(set(received)),
        "cancelled": cancelled,
        "cancel_marked_ms": round(marked * 1000),
        "cancel_adds_up": sent == len(sink.taken)
        and sent + rows.filter(state=Delivery.State.CANCELLED).count() == given.recipients,
    }
    valkey.stop()
    print(json.dumps(found) if given.json else found, flush=True)
    kept = not found["late"] and not found["lost"] and not found["received_twice"]
    return 0 if kept and found["cancel_adds_up"] else 1


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
