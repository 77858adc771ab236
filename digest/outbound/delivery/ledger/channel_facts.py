"""What providers have said of a channel itself, kept for the runs that send by it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from digest.outbound.delivery.models import ChannelFact


def note(channel: str, name: str, value: dict[str, Any], *, at: datetime) -> bool:
    """Keep a fact unless a later one is known; whether it is news."""
    row, made = ChannelFact.objects.select_for_update().get_or_create(
        channel=channel, name=name[:200], defaults={"value": value, "told_at": at}
    )
    if made or row.told_at > at or row.value == value:
        return made
    row.value, row.told_at = value, at
    row.save(update_fields=["value", "told_at"])
    return True


def of(channel: str) -> Mapping[str, Mapping[str, Any]]:
    """The channel's facts by name."""
    return dict(ChannelFact.objects.filter(channel=channel).values_list("name", "value"))
