"""One process of the table whose wall clock is wrong by hours and jumps every few seconds.

``python -m tests.scenes.skewed NAME SEED``; with the seed ``back`` it is set back by an hour, once.
Everything in the process sees the wrong time (the
patch is below ``time.time`` and ``datetime.now``, and its children inherit it); only the monotonic
clock is right, as on a real machine whose clock is set.
"""

import os
import random
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import time_machine

LARGEST = timedelta(hours=60)
EVERY = 3.0

_real_began, _steady_began = time.time(), time.monotonic()


def jump(clock: "time_machine.Traveller", dice: random.Random) -> None:
    """Set the clock to somewhere within days of the truth."""
    truth = _real_began + time.monotonic() - _steady_began
    wrong = dice.uniform(-1, 1) * LARGEST.total_seconds()
    clock.move_to(datetime.fromtimestamp(truth + wrong, UTC))


def main() -> None:
    """Become a Celery process, in this very interpreter, under a clock that jumps."""
    name, seed = sys.argv[1], sys.argv[2]
    clock = time_machine.travel(datetime.now(UTC), tick=True).start()

    def keep_jumping() -> None:
        dice = random.Random(f"{seed} {name} {os.getpid()}")

        def run() -> None:
            if seed == "back":
                time.sleep(EVERY)
                truth = _real_began + time.monotonic() - _steady_began
                clock.move_to(datetime.fromtimestamp(truth, UTC) - timedelta(hours=1))
                return
            while True:
                jump(clock, dice)
                time.sleep(dice.uniform(0.5, EVERY))

        threading.Thread(target=run, daemon=True).start()

    keep_jumping()
    os.register_at_fork(after_in_child=keep_jumping)
    from celery.__main__ import main as celery

    from workers.__main__ import celery_command

    command = celery_command(name)
    sys.argv = ["celery", *command[command.index("celery") + 1 :]]
    celery()


if __name__ == "__main__":
    main()
