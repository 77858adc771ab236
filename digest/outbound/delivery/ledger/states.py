"""The states of deliveries and the lanes of sends inside SQL: by name, from the one source."""

import re

from digest.outbound.delivery.models import Delivery

_NAME = re.compile(r"\{([A-Z_]+)\}")


def named(sql: str) -> str:
    """``sql`` with each ``{SENT}``, ``{PENDING}`` and so on as the number that is stored.

    Raises KeyError for a state that there is not.
    """
    return _NAME.sub(lambda found: str(Delivery.State[found[1]].value), sql)
