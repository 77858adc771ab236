"""What providers have said of a channel itself, kept for the runs that send by it."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from digest.outbound.delivery.models import ChannelFact

# In the order of their names, so that two who note the same ones do not wait for each other.
_NOTE = """
INSERT INTO digest_channel_fact AS known (channel, name, value, told_at)
SELECT %s, name, value, %s FROM jsonb_each(%s::jsonb) AS told (name, value) ORDER BY name
ON CONFLICT (channel, name) DO UPDATE SET value = excluded.value, told_at = excluded.told_at
WHERE known.told_at <= excluded.told_at AND known.value <> excluded.value
RETURNING name
"""


def note(channel: str, name: str, value: dict[str, Any], *, at: datetime) -> bool:
    """Keep a fact unless a later one is known; whether it is news."""
    return bool(note_all(channel, {name: value}, at=at))


def note_all(channel: str, facts: Mapping[str, Mapping[str, Any]], *, at: datetime) -> set[str]:
    """Keep each fact by its name, unless a later one is known; the names of what is news."""
    told = {name[:200]: dict(value) for name, value in facts.items()}
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [channel, at, json.dumps(told)])
        return {name for (name,) in cursor.fetchall()}


def of(channel: str) -> Mapping[str, Mapping[str, Any]]:
    """The channel's facts by name."""
    return dict(ChannelFact.objects.filter(channel=channel).values_list("name", "value"))
