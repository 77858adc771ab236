"""Who else has an edition open. A courtesy: with Valkey gone nobody seems to be there."""

from datetime import datetime
from uuid import UUID

import redis

from digest.kit import valkey
from digest.staff.members import Member

STAYS = 75


def here(edition: UUID, member: Member, *, now: datetime) -> tuple[str, ...]:
    """Note that ``member`` looks at the edition, and name the others of the last minute."""
    key, moment = f"desk:here:{edition}", now.timestamp()
    me = f"{member.pk}:{member}"
    try:
        with valkey.client().pipeline() as pipe:
            pipe.zadd(key, {me: moment})
            pipe.zremrangebyscore(key, 0, moment - STAYS)
            pipe.expire(key, STAYS)
            pipe.zrange(key, 0, 9)
            *_, names = pipe.execute()
    except redis.RedisError:
        return ()
    others = [name.decode("utf-8", "replace") for name in names]
    return tuple(name.partition(":")[2] for name in others if name != me)
