"""Matrix's stand-in, declared."""

from digest.outbound.channels.matrix.address import NAME
from digest.outbound.channels.matrix.stand_in.server import TOKEN
from digest.outbound.channels.places.stand_in import declared

STAND_IN = declared(
    NAME,
    "digest.outbound.channels.matrix.stand_in.server",
    lambda place: {
        "DIGEST_MATRIX_URL": f"http://127.0.0.1:{place.port}",
        "DIGEST_MATRIX_TOKEN": TOKEN,
    },
)
