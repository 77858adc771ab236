"""Teams' workflows: whether each has an address that can be posted to. Asking one would post."""

from typing import Any

from digest.kit.doctor.dns import Ask
from digest.kit.doctor.finding import Finding, error, ok, warning
from digest.outbound.channels.teams.address import SETTING, is_workflow, webhooks

_LABEL = "Teams"
_REMEDY = "Copy the address from the workflow's trigger in Teams (docs/operations.md)."


def check(settings: Any, ask: Ask) -> list[Finding]:
    """All that can be known without posting."""
    return check_settings(settings)


def check_settings(settings: Any) -> list[Finding]:
    """Of each workflow its address, which is never shown: it is its own secret."""
    judge = error if settings.DIGEST_PRODUCTION else warning
    given = settings.DIGEST_TEAMS_WEBHOOKS
    if not given.strip():
        return [judge(_LABEL, f"In use, but {SETTING} is not set: nothing can be posted.", _REMEDY)]
    known = webhooks(given)
    found = []
    if len(known) < len(given.split()):
        words = f"{SETTING} holds more than name=address, or a name twice."
        found.append(error(_LABEL, words, "Write newsroom=https://…, with a space between two."))
    for name, url in known.items():
        if settings.DIGEST_PRODUCTION and not url.startswith("https://"):
            words = f"The address of {name} is not https: its signature would travel in the clear."
            found.append(error(_LABEL, words, "Write it with https://."))
        elif not is_workflow(url):
            words = f"The address of {name} is none of a workflow's trigger."
            found.append(error(_LABEL, words, _REMEDY))
    return found or [ok(_LABEL, f"Workflows: {', '.join(known)}.")]
