"""A broker of its own for each test that starts processes."""

import os
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import pytest
import redis
from django.db import connection

from tests.scenes.servers import Valkey


@pytest.fixture
def broker() -> Iterator[Valkey]:
    """A fresh Valkey, gone afterwards."""
    valkey = Valkey()
    valkey.start()
    yield valkey
    valkey.stop()


@pytest.fixture
def client(broker: Valkey) -> Iterator["redis.Redis"]:
    """A client of the fresh Valkey."""
    with redis.Redis.from_url(broker.url) as made:
        yield made


@pytest.fixture
def environment(broker: Valkey, transactional_db: None) -> dict[str, str]:
    """What a process needs to work on the test database through the fresh broker."""
    server = urlsplit(os.environ["DATABASE_URL"])
    name = str(connection.settings_dict["NAME"])
    return {
        "DATABASE_URL": urlunsplit(server._replace(path=f"/{name}")),
        "REDIS_URL": broker.url,
        "DIGEST_WAKER": "workers.wake.wake",
        "DIGEST_LOG_LEVEL": "INFO",
        "DIGEST_RELEASE": "7.8.9",
        "DIGEST_ENVIRONMENT": "rehearsal",
        "SENTRY_DSN": "",
    }
