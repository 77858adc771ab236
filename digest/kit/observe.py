"""Logs and error reports of every process."""

import logging
import logging.config
import os
import re
import sys
from typing import Any

import structlog

from digest.kit import secrecy

log = structlog.get_logger("digest")

# Rather too much than too little: quoted local parts, o'neill and a=b, and domains of any script
# count too (RFC 5322, RFC 6531).
_ADDRESS = re.compile(r"""(?:"[^"\r\n]+"|[^\s@<>"(),;:]+)@[^\s@<>"'(),;:=]+\.[^\s@<>"'(),;:=.]+""")
# With a plus, or as WhatsApp writes them, bare; its message ids hold the number in base64.
_PHONE = re.compile(r"\+\d[\d\s().-]{6,}\d|(?<![\w.+-])\d{10,15}(?![\w.])|wamid\.[\w+/=-]+")
# Signed links act for a reader or a member: the part after these paths is as good as a key. A
# counted link says which copy it stood in, and the rest of it what that reader followed.
_TOKEN = re.compile(
    r"/(confirm|unsubscribe|preferences|export|erase|keep|move|stay|desk/choose-password)/[^\s/\"'?{]+"
    r"|/(go)/[^\s\"'<>{]+"
)
_started = False


def start(process: str, *, celery: bool = False) -> None:
    """Set up logging and, when ``SENTRY_DSN`` is set, error reports. Later calls do nothing."""
    global _started
    if not _started:
        _started = True
        _set_up_logging()
        set_up_sentry(process, celery=celery)


def set_up_sentry(process: str, *, celery: bool = False) -> None:
    """Initialise Sentry: no personal data, no local variables, no request bodies."""
    from django.conf import settings

    if not settings.SENTRY_DSN:
        return
    # Here alone: it takes four megabytes of each process that reports to nobody.
    import sentry_sdk
    from sentry_sdk.integrations.django import DjangoIntegration
    from sentry_sdk.integrations.redis import RedisIntegration

    integrations: list[Any] = [DjangoIntegration(), RedisIntegration()]
    if celery:
        from sentry_sdk.integrations.celery import CeleryIntegration

        integrations.append(CeleryIntegration(monitor_beat_tasks=False))
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        release=settings.DIGEST_RELEASE,
        environment=settings.DIGEST_ENVIRONMENT,
        integrations=integrations,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        before_send=scrub,
        before_breadcrumb=lambda crumb, hint: scrub(crumb, hint),
    )
    sentry_sdk.set_tag("process", process)


def scrub(event: Any, hint: Any = None) -> Any:
    """``event`` with every mail address, phone number and reader's token blotted out."""
    if isinstance(event, str):
        plain = without_tokens(secrecy.in_urls(event))
        return _PHONE.sub("[phone]", _ADDRESS.sub("[address]", plain))
    if isinstance(event, dict):
        return {scrub(key): scrub(value) for key, value in event.items()}
    if isinstance(event, list | tuple):
        return [scrub(value) for value in event]
    return event


def without_tokens(text: str) -> str:
    """``text`` without what makes a link a key, nor what tells whose copy a link stood in."""
    return _TOKEN.sub(lambda found: f"/{found[1] or found[2]}/…", text)


def _blot(logger: Any, method: str, event: Any) -> Any:
    """A log line without secrets: errors of clients quote their connection, and Django names the
    path that it answered with an error.
    """
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = without_tokens(secrecy.in_urls(value))
    return event


def _set_up_logging() -> None:
    """Plain lines on a terminal, one JSON object a line elsewhere; nothing breaks a line."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _blot,
    ]
    style: Any = (
        structlog.dev.ConsoleRenderer()
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "line": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        style,
                    ],
                    "foreign_pre_chain": shared,
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {
                "handlers": ["stderr"],
                "level": os.environ.get("DIGEST_LOG_LEVEL", "INFO"),
            },
            "loggers": {
                # One line a task, several a second while idle: worth it only when asked for.
                "celery.app.trace": {"level": "WARNING"},
                "celery.worker.strategy": {"level": "WARNING"},
                "celery.beat": {"level": "WARNING"},
                "asyncio": {"level": "WARNING"},
            },
        }
    )
