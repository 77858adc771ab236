"""The Celery application."""

import gc
import os

# To look through all that is loaded, again and again while more is, is a third of a start.
gc.disable()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digest.settings")

import warnings

import django
from celery import Celery
from celery.signals import setup_logging, worker_process_init

django.setup()

from django.conf import settings
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper

from digest.kit import observe
from digest.management.examination.starting import refuse_wrong_settings
from workers import brokerless, heartbeat, readiness, schedule

# It warns of pickled tasks, which are not accepted here (accept_content), once a process.
warnings.filterwarnings("ignore", message="You're running the worker with superuser")

refuse_wrong_settings(settings)
app = Celery("digest")
app.config_from_object("workers.config")
app.conf.beat_schedule = schedule.beat_schedule()
app.conf.beat_scheduler = "workers.beat:Ticks"
brokerless.survive()
if settings.SENTRY_DSN:
    from workers import checkins

    checkins.connect()
heartbeat.connect()
readiness.connect()
# What is loaded stays for good; forked children share it as long as nobody looks it through.
gc.freeze()
gc.enable()


@setup_logging.connect
def _set_up_logging(**kwargs: object) -> None:
    """Keep the service's own logging; Celery would otherwise install its own."""
    observe.start("worker", celery=True)


@worker_process_init.connect
def _forget_parent_connections(**kwargs: object) -> None:
    """A forked child must not share its parent's sockets, nor a pool whose threads stayed there."""
    DatabaseWrapper._connection_pools.clear()  # type: ignore[attr-defined]
    connections.close_all()
    observe.start("worker", celery=True)
