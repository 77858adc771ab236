"""The channel ``bluesky``, declared."""

from digest.kit import env
from digest.kit.env import DeclaredSetting
from digest.outbound.channels.bluesky.address import HANDLE
from digest.outbound.channels.bluesky.words import FORM
from digest.outbound.channels.places.declared_spec import place_spec

SPEC = place_spec(
    "Bluesky",
    HANDLE,
    FORM,
    (
        DeclaredSetting("DIGEST_BLUESKY_HANDLE", env.text),
        DeclaredSetting("DIGEST_BLUESKY_PASSWORD", env.text),
        DeclaredSetting("DIGEST_BLUESKY_URL", env.text),
    ),
)
