"""Celery's configuration. The row is the truth; a message only says "look"."""

import sys

from django.conf import settings
from kombu.entity import Queue as KombuQueue

from workers import processes
from workers.queues import ROUTES, Queue, modules

broker_url = settings.REDIS_URL
broker_connection_retry_on_startup = True
broker_transport_options = {
    # None carries an ETA, and none but that of a slow relay works longer than a minute: what a dead
    # worker held is handed out again, and nothing depends on it, because the sweepers look at rows.
    "visibility_timeout": 1200,
    "socket_timeout": 10,
    "socket_connect_timeout": 2,
    "health_check_interval": 30,
    "max_retries": 2,
    "interval_start": 0,
    "interval_step": 0.2,
}
task_publish_retry = False
result_backend = None
task_ignore_result = True
task_serializer = "json"
accept_content = ["json"]
timezone = "UTC"

task_queues = [KombuQueue(queue.value) for queue in Queue]  # type: ignore[no-untyped-call]
task_create_missing_queues = False
task_default_queue = Queue.UPKEEP.value
task_routes = {name: {"queue": queue.value} for name, queue in ROUTES.items()}

task_acks_late = True
task_reject_on_worker_lost = True
task_soft_time_limit = 90
task_time_limit = 120
worker_prefetch_multiplier = 1
worker_soft_shutdown_timeout = 20
worker_enable_soft_shutdown_on_idle = False
worker_cancel_long_running_tasks_on_connection_loss = False
worker_max_tasks_per_child = 2000
worker_hijack_root_logger = False
worker_send_task_events = False
# A worker of the table is told what its queues need, and beat knows tasks by name; somebody's own
# worker loads everything.
imports = [] if {"--include", processes.BEAT} & set(sys.argv) else modules(Queue)
