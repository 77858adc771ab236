"""The client of the Redis-protocol server."""

from functools import cache

import redis
from django.conf import settings


@cache
def client() -> redis.Redis:
    """A shared client with short time-outs: Redis may be gone, and nobody may wait for it."""
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=1, health_check_interval=30
    )
