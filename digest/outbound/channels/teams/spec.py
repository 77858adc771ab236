"""The channel ``teams``, declared."""

from digest.kit import env
from digest.kit.env import DeclaredSetting
from digest.outbound.channels.places.declared_spec import place_spec
from digest.outbound.channels.teams.address import WORKFLOW
from digest.outbound.channels.teams.words import FORM

SPEC = place_spec(
    "Teams",
    WORKFLOW,
    FORM,
    (DeclaredSetting("DIGEST_TEAMS_WEBHOOKS", env.text),),
    replaces=False,
    withdraws=False,
)
