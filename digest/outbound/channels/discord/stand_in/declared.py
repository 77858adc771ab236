"""Discord's stand-in, declared."""

from digest.outbound.channels.discord.address import NAME
from digest.outbound.channels.discord.stand_in.server import TOKEN
from digest.outbound.channels.places.stand_in import declared

STAND_IN = declared(
    NAME,
    "digest.outbound.channels.discord.stand_in.server",
    lambda place: {
        "DIGEST_DISCORD_URL": f"http://127.0.0.1:{place.port}/api/v10",
        "DIGEST_DISCORD_TOKEN": TOKEN,
    },
)
