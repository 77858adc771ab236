"""Step: a link of somebody's copy was followed."""

import re
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.db import connection

from digest.kit.observe import log
from digest.outbound.delivery.core import machine_networks
from digest.outbound.delivery.core.machine_networks import MachineNetworks
from digest.outbound.messages.counted import OfCopy

# Nobody follows more; whoever repeats a link fills no table.
MOST_OF_A_COPY = 100
# What programs call themselves that fetch pages for others, or for nobody.
_PROGRAM = re.compile(
    r"bot\b|crawl|spider|preview|scan|monitor|headless|phantom|python|curl|wget|okhttp|java/|go-http"
    r"|libwww|httpclient|facebookexternalhit|safelinks|proofpoint|mimecast|barracuda",
    re.IGNORECASE,
)

# Only of those who are still here; one statement, for a reader waits.
_NOTE = """
INSERT INTO digest_followed_link (send_id, address_id, story, link, at, by_machine)
SELECT %(send)s, id, %(story)s, %(link)s, %(at)s, %(machine)s FROM digest_address
WHERE id = %(address)s AND (
    SELECT count(*) FROM digest_followed_link WHERE send_id = %(send)s AND address_id = %(address)s
) < %(most)s
"""


def note(
    copy: OfCopy, *, story: str | None, link: str, at: datetime, by_machine: bool
) -> bool:  # fmt: skip
    """Keep that a link was followed, until it is judged and a while longer; False when it is not.

    ``story`` is its public id, ``link`` tells one link of a copy from another.
    """
    given = {
        "send": copy.send_id, "address": copy.address_id, "story": story, "link": link[:32],
        "at": at, "machine": by_machine, "most": MOST_OF_A_COPY,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, given)
        return bool(cursor.rowcount == 1)


def is_machine(method: str, agent: str, ip: str) -> bool:
    """Whether a request says by itself that no person made it. Nothing of it is kept."""
    return method == "HEAD" or not agent or bool(_PROGRAM.search(agent[:400])) or ip in networks()


def networks() -> MachineNetworks:
    """Those of ``DIGEST_COUNT_NETWORKS``, as the file is now; none when it cannot be read."""
    path = settings.DIGEST_COUNT_NETWORKS
    try:
        return _read(path, Path(path).stat().st_mtime_ns) if path else MachineNetworks()
    except (OSError, ValueError) as error:
        log.warning("networks of data centres not read", path=path, reason=str(error))
        return MachineNetworks()


@lru_cache(maxsize=2)
def _read(path: str, changed: int) -> MachineNetworks:
    with open(path, encoding="utf-8", errors="replace") as lines:
        return machine_networks.read(lines)
