"""Bluesky's settings, and whether its server gives a session: it gives 30 in five minutes."""

from digest.outbound.channels.bluesky.channel import PDS
from digest.outbound.channels.places.examined import PlaceDoctor, TokenQuestion

# https://docs.bsky.app/docs/api/com-atproto-server-create-session
DOCTOR = PlaceDoctor(
    label="Bluesky",
    names=("DIGEST_BLUESKY_HANDLE", "DIGEST_BLUESKY_PASSWORD"),
    url="DIGEST_BLUESKY_URL",
    otherwise=PDS,
    remedy="Make an app password in Bluesky's settings, Privacy and security.",
    question=lambda settings: TokenQuestion(
        "/xrpc/com.atproto.server.createSession",
        {},
        {
            "identifier": settings.DIGEST_BLUESKY_HANDLE,
            "password": settings.DIGEST_BLUESKY_PASSWORD,
        },
    ),
    who=lambda told: str(told.get("handle") or "") if told.get("accessJwt") else "",
)
check, check_settings = DOCTOR.check, DOCTOR.check_settings
