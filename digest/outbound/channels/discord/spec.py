"""The channel ``discord``, declared."""

from digest.kit import env
from digest.kit.env import DeclaredSetting
from digest.outbound.channels.discord.address import CHANNEL_ID
from digest.outbound.channels.discord.words import FORM
from digest.outbound.channels.places.declared_spec import place_spec

SPEC = place_spec(
    "Discord",
    CHANNEL_ID,
    FORM,
    (
        DeclaredSetting("DIGEST_DISCORD_TOKEN", env.text),
        DeclaredSetting("DIGEST_DISCORD_URL", env.text),
    ),
)
