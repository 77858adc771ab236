"""Intake's tasks: each calls one run."""

import os
import socket

from celery import shared_task

from digest.intake.articles.ingest import ingest
from digest.intake.feeds.poll import poll_due
from digest.kit.clock import now

BATCH = 50


@shared_task(name="intake.poll")
def poll(*ids: int) -> int:
    """Poll the feeds that are due; how many there were. Ids are a hint and not needed."""
    worker = f"{socket.gethostname()}:{os.getpid()}"
    return poll_due(now_fn=now, limit=BATCH, worker=worker, ingest=ingest).due
