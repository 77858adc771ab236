"""Slack's stand-in, declared."""

from digest.outbound.channels.places.stand_in import declared
from digest.outbound.channels.slack.address import NAME
from digest.outbound.channels.slack.stand_in.server import TOKEN

STAND_IN = declared(
    NAME,
    "digest.outbound.channels.slack.stand_in.server",
    lambda place: {
        "DIGEST_SLACK_URL": f"http://127.0.0.1:{place.port}/api",
        "DIGEST_SLACK_TOKEN": TOKEN,
    },
)
