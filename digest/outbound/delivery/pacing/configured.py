"""The pacer of a run, as the settings describe it."""

import redis.asyncio
from django.conf import settings

from digest.newsdesk.newsletters.models import Newsletter
from digest.outbound.channels import registry
from digest.outbound.delivery.core import limits
from digest.outbound.delivery.pacing.pacer import Pacer
from digest.outbound.delivery.pacing.shared_pacer import Policy, SharedPacer


def pacer_for(channel: str, newsletter: int | None) -> Pacer:
    """The pacer of one run on a channel. Raises ValueError for limits that cannot be read."""
    slug = ""
    if newsletter is not None:
        found = Newsletter.objects.filter(pk=newsletter).values_list("slug", flat=True).first()
        slug = found or ""
    policy = Policy(
        channel,
        limits.read(settings.DIGEST_PACE),
        {newsletter: slug} if newsletter and slug else {},
        limits.read_warm_up(settings.DIGEST_WARM_UP) if registry.spec(channel).warms_up else None,
    )
    return SharedPacer(policy, to_redis)


def to_redis() -> "redis.asyncio.Redis":
    """A client for a run's own event loop; it waits for nothing longer than half a second."""
    return redis.asyncio.Redis.from_url(
        settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5, retry=None
    )
