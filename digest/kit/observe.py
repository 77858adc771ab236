"""Logs, metrics and error reports of every process."""

import structlog

log = structlog.get_logger("digest")
