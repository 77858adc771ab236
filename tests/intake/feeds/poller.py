"""A poller in a process of its own, to be killed: ``python -m tests.intake.feeds.poller SECONDS``.

Its clock is SECONDS ahead of the machine's.
"""

import os
import sys
from datetime import timedelta

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "digest.settings"
    import django

    django.setup()
    from digest.intake.articles.ingest import ingest, ingest_all
    from digest.intake.feeds.poll import poll_due
    from digest.kit.clock import now

    ahead = timedelta(seconds=float(sys.argv[1]))
    poll_due(
        now_fn=lambda: now() + ahead,
        limit=1_000,
        worker="doomed",
        ingest=ingest,
        ingest_all=ingest_all,
    )
