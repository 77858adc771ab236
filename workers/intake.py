"""Intake's tasks: each calls one run."""

import os
import socket

from celery import shared_task

from digest.intake.articles.by_address.look_up import look_up
from digest.intake.articles.ingest import ingest, ingest_all
from digest.intake.articles.pages import read_pages
from digest.intake.feeds.poll import manners, poll_due
from digest.intake.feeds.websub.pushes import take_pushes
from digest.intake.feeds.websub.subscribe import ask_due
from digest.kit import wake
from digest.kit.clock import now

PAGES = 40
LOOKUPS = 5
BATCH = 50
POLLED_AT_MOST = 5_000
POLL_SECONDS = 20.0


@shared_task(name="intake.poll")
def poll(*ids: int) -> int:
    """Poll the feeds that are due; how many there were. Ids are a hint and not needed."""
    worker = f"{socket.gethostname()}:{os.getpid()}"
    return poll_due(
        now_fn=now, limit=POLLED_AT_MOST, worker=worker, ingest=ingest, ingest_all=ingest_all,
        seconds=POLL_SECONDS,
    ).due  # fmt: skip


@shared_task(name="intake.pushes")
def pushes() -> int:
    """Read what hubs have pushed; how many documents there were."""
    taken = take_pushes(now_fn=now, ingest=ingest, limit=BATCH)
    if taken.pushes == BATCH:
        wake.call("pushes")
    return taken.pushes


@shared_task(name="intake.websub")
def websub() -> int:
    """Subscribe at hubs, renew and unsubscribe where it is time; how many were asked."""
    asked = ask_due(now=now(), limit=BATCH, manners=manners()).asked
    if asked == BATCH:
        wake.call("websub")
    return asked


@shared_task(name="intake.pages")
def pages() -> int:
    """Read the articles' own pages where their feeds ask for it; how many brought their text."""
    report = read_pages(now_fn=now, limit=PAGES, manners=manners())
    if report.read + report.nothing == PAGES:
        wake.call("pages")
    return report.read


@shared_task(name="intake.lookups")
def lookups() -> int:
    """Read the pages whose addresses editors gave; how many."""
    done = look_up(now_fn=now, limit=LOOKUPS, manners=manners())
    if done == LOOKUPS:
        wake.call("lookups")
    return done
