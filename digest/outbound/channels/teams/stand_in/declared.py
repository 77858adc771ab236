"""Teams' stand-in, declared."""

from digest.outbound.channels.places.stand_in import declared
from digest.outbound.channels.teams.address import NAME
from digest.outbound.channels.teams.stand_in.server import address_at

STAND_IN = declared(
    NAME,
    "digest.outbound.channels.teams.stand_in.server",
    lambda place: {
        "DIGEST_TEAMS_WEBHOOKS": f"newsroom={address_at(f'http://127.0.0.1:{place.port}')}"
    },
)
