"""The stand-in for APNs, with a certificate and a team's key made once for all tests."""

import tempfile
from collections.abc import Mapping
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import Any

from digest.outbound.channels.apns.stand_in import credentials
from digest.outbound.channels.apns.stand_in.server import (
    DROP,
    GOAWAY,
    KEY_ID,
    MUTE,
    TEAM,
    TOPIC,
    ApnsServer,
    serve,
)
from tests.fakes.in_thread import in_thread

__all__ = [
    "DROP", "GOAWAY", "MUTE", "TOPIC", "ApnsServer", "apns_server", "running", "serve",
    "settings_for",
]  # fmt: skip


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="apns-"))


def apns_server(**how: Any) -> ApnsServer:
    """One environment of Apple's, whose team is :func:`settings_for`'s."""
    return ApnsServer(
        public_key=credentials.team_key(_folder()).public_key(),
        certificate=credentials.certificate(_folder()),
        **how,
    )


def settings_for(server: ApnsServer, sandbox: ApnsServer | None = None) -> Mapping[str, str]:
    """What leads the channel there; the servers must be listening."""
    key = credentials.pem(credentials.team_key(_folder()))
    return {
        "DIGEST_APNS_URL": server.url,
        "DIGEST_APNS_CA": credentials.certificate(_folder()).text,
        "DIGEST_APNS_KEY": key,
        "DIGEST_APNS_KEY_ID": KEY_ID,
        "DIGEST_APNS_TEAM": TEAM,
        "DIGEST_APNS_TOPICS": TOPIC,
        "DIGEST_APNS_SANDBOX_KEY": key if sandbox else "",
        "DIGEST_APNS_SANDBOX_KEY_ID": KEY_ID if sandbox else "",
        "DIGEST_APNS_SANDBOX_URL": sandbox.url if sandbox else "",
        "DIGEST_APNS_APP_KEY": "let-the-app-in",
    }


def running(server: ApnsServer) -> AbstractContextManager[ApnsServer]:
    """``server`` in a thread of its own."""
    return in_thread(server, serve)
