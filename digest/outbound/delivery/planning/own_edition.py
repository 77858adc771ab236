"""What a reader's slot asks of the newsdesk: the same for the digest that is made and the one that
is foreseen.
"""

from collections.abc import Sequence
from datetime import datetime

from digest.audience.schedules.opening import Wanted
from digest.newsdesk.editions.core.rank import EditionWindow
from digest.newsdesk.editions.history import ReaderHistory
from digest.newsdesk.editions.personal import PersonalEdition


def edition_for(wanted: Wanted, alerted: Sequence[tuple[int, datetime]]) -> PersonalEdition:
    """The edition of readers who want the same; ``alerted`` are stories that alerts told of."""
    return PersonalEdition(
        wanted.signature_key,
        wanted.topic_ids,
        wanted.language,
        EditionWindow(wanted.window_start, wanted.window_end, wanted.time_zone),
        wanted.slot_at,
        wanted.local_date,
        wanted.title,
        wanted.languages,
        ReaderHistory(wanted.had_keys, wanted.newsletter_ids, alerted, wanted.muted),
    )
