"""A newsletter's rhythm, from its row."""

from digest.newsdesk.newsletters.core.calendar import Cadence, Exempt
from digest.newsdesk.newsletters.models import Newsletter


def cadence_of(newsletter: Newsletter) -> Cadence:
    """The newsletter's rhythm as a value; raises ``ValueError`` when it cannot be used."""
    exempt = tuple(Exempt(each.first, each.last, each.at) for each in newsletter.exempt.all())
    return Cadence(newsletter.days, newsletter.local_time, newsletter.time_zone, exempt)
