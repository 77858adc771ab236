"""The channel ``mastodon``, declared."""

from digest.kit import env
from digest.kit.env import DeclaredSetting
from digest.outbound.channels.mastodon.address import ACCOUNT
from digest.outbound.channels.mastodon.words import FORM
from digest.outbound.channels.places.declared_spec import place_spec

SPEC = place_spec(
    "Mastodon",
    ACCOUNT,
    FORM,
    (
        DeclaredSetting("DIGEST_MASTODON_URL", env.text),
        DeclaredSetting("DIGEST_MASTODON_TOKEN", env.text),
    ),
)
