"""Bluesky's stand-in, declared."""

from digest.outbound.channels.bluesky.address import NAME
from digest.outbound.channels.bluesky.stand_in.server import HANDLE, PASSWORD
from digest.outbound.channels.places.stand_in import declared

STAND_IN = declared(
    NAME,
    "digest.outbound.channels.bluesky.stand_in.server",
    lambda place: {
        "DIGEST_BLUESKY_URL": f"http://127.0.0.1:{place.port}",
        "DIGEST_BLUESKY_HANDLE": HANDLE,
        "DIGEST_BLUESKY_PASSWORD": PASSWORD,
    },
)
