"""The first day of the newsroom of ``digest up --sample``: its readers sign up and are served once.

Runs beside the service and ends. The readers confirm, one edition and each reader's digest go out
at once instead of tomorrow at seven, and then every hour is again as it was chosen. Alerts are left
to whoever sits at the desk. On data that has had its first day nothing happens.
"""

import os
import sys

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digest.settings")
    django.setup()

from django.conf import settings

from digest.audience.joining.places import VERIFIED_BY
from digest.demo import setting
from digest.demo.run import StageFailed
from digest.demo.stages import Journey
from digest.kit.clock import now
from digest.management import stand_ins
from digest.models import Send, Subscription

# A fresh installation compiles first, on a busy machine for minutes.
PATIENCE = 900.0


def play() -> bool:
    """Let it happen; False when it has happened before. Raises StageFailed where it got stuck."""
    if Send.objects.exclude(kind__in=[Send.Kind.SERVICE, Send.Kind.WELCOME]).exists():
        return False
    journey = Journey(
        settings.DIGEST_BASE_URL,
        "",
        stand_ins.shown(settings.DIGEST_CHANNELS, settings.DIGEST_HOME),
        say=lambda line: print(line, flush=True),
        patience=PATIENCE,
    )
    # Its own places follow something from the beginning.
    if not Subscription.objects.exclude(address__verified_by=VERIFIED_BY).exists():
        setting.sign_readers_up(now=now(), base_url=settings.DIGEST_BASE_URL)
    journey.first_day(frozenset(each.address for each in setting.forms()))
    return True


def main() -> int:
    """``python -m digest.demo.first_day``: 0 also when a stage was not done in time."""
    try:
        print("The first day is over." if play() else "The first day was before.", flush=True)
    except StageFailed as failure:
        print(f"The sample readers' first day: {failure}", file=sys.stderr, flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
