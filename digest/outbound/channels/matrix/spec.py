"""The channel ``matrix``, declared."""

from digest.kit import env
from digest.kit.env import DeclaredSetting
from digest.outbound.channels.matrix.address import ROOM
from digest.outbound.channels.matrix.words import FORM
from digest.outbound.channels.places.declared_spec import place_spec

SPEC = place_spec(
    "Matrix",
    ROOM,
    FORM,
    (
        DeclaredSetting("DIGEST_MATRIX_URL", env.text),
        DeclaredSetting("DIGEST_MATRIX_TOKEN", env.text),
    ),
)
