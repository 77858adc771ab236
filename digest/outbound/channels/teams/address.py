"""Where a newsroom posts on Teams: a workflow, by the name that a setting gives it (pure).

A workflow's address lets whoever knows it post there, so it stands among the settings, with the
other secrets, and a place is stored and shown by its name alone.
"""

import re
from urllib.parse import parse_qs, urlsplit

from digest.audience.kinds import AddressKind, BadAddress

NAME = "teams"
SETTING = "DIGEST_TEAMS_WEBHOOKS"
_PLACE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
# https://learn.microsoft.com/power-automate/http-endpoints-migration: both generations of them.
_PATH = re.compile(r"(?:/powerautomate/automations/direct)?/workflows/[\w-]+/triggers/[\w-]+/.+")


def place(value: str) -> str:
    """A workflow's name. Raises BadAddress."""
    found = value.strip().lower()
    if not _PLACE.fullmatch(found):
        raise BadAddress(f"Write the name that {SETTING} gives the workflow, as newsroom.")
    return found


def webhooks(given: str) -> dict[str, str]:
    """Addresses by name, out of ``name=address`` with spaces between; others are left out."""
    pairs = (each.partition("=") for each in given.split())
    return {
        name.lower(): url
        for name, _, url in pairs
        if _PLACE.fullmatch(name.lower()) and url.startswith(("https://", "http://"))
    }


def is_workflow(url: str) -> bool:
    """Whether an address is one of a workflow's trigger, signature and all."""
    parts = urlsplit(url)
    return bool(_PATH.fullmatch(parts.path)) and bool(parse_qs(parts.query).get("sig"))


WORKFLOW = AddressKind(
    field="teams",
    label="Teams workflow",
    example="newsroom",
    normalise=place,
    mask=str,
    longest=80,
)
