"""The channel ``pigeon``, declared: all that Digest knows of it stands here."""

from digest.kit import env
from digest.kit.env import DeclaredSetting
from digest.outbound.channels.spec import ChannelSpec, Sent, WordsMaker
from pigeon_post import words
from pigeon_post.ring import RING

SPEC = ChannelSpec(
    name="pigeon",
    label="Pigeon",
    by="pigeon",
    address=RING,
    words=WordsMaker(words.edition, words.alert, words.confirmation),
    lint=words.lint,
    preview=words.preview,
    transport="pigeon_post.transport:pigeon",
    sent=Sent(
        heading="Look up",
        words="A pigeon is on its way to you.",
        missing="Check that the loft is open, and the ring's number.",
    ),
    webhooks="pigeon_post.webhook:WEBHOOKS",
    settings=(
        DeclaredSetting("DIGEST_PIGEON_LOFT", env.text, "", "the folder that messages drop into"),
        DeclaredSetting("DIGEST_PIGEON_SECRET", env.text, "", "proves that the loft reports"),
        DeclaredSetting("DIGEST_PIGEON_FLOCK", env.number, 4, "pigeons in the air at once"),
    ),
    doctor="pigeon_post.doctor:check",
    stand_in="pigeon_post.stand_in:STAND_IN",
    serves_places=True,
    replaces=True,
    withdraws=True,
    at_once="DIGEST_PIGEON_FLOCK",
)
