"""Step: slots whose digest is composed and whose moment has come are handed over together."""

from collections import defaultdict
from datetime import datetime

from django.db import transaction

from digest.audience.models.schedules import Slot, SlotBatch
from digest.kit.sql import one_of


@transaction.atomic
def batch_ready(*, now: datetime, limit: int = 20_000) -> tuple[int, ...]:
    """Put ready slots that are due into batches, one per channel and due minute.

    Returns the new batches' ids. Two of these at once take different slots (SKIP LOCKED), so a
    slot is in one batch at most.
    """
    ready = (
        Slot.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state=Slot.State.READY, due_at__lte=now)
        # Those of one edition together, so that its words are made for one batch.
        .order_by("due_at", "edition_id")
        .values_list("pk", "schedule__channel", "due_at")[:limit]
    )
    groups: dict[tuple[str, datetime], list[int]] = defaultdict(list)
    for slot_id, channel, due_at in ready:
        groups[channel, due_at.replace(second=0, microsecond=0)].append(slot_id)
    made = []
    for (channel, minute), slot_ids in groups.items():
        batch = SlotBatch.objects.create(channel=channel, due_at=minute, created_at=now)
        Slot.objects.filter(one_of("digest_slot.id", slot_ids)).update(
            batch=batch, state=Slot.State.BATCHED
        )
        made.append(batch.pk)
    return tuple(made)
