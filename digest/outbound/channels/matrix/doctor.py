"""Matrix's settings, and whether the homeserver knows the token: whoami."""

from digest.outbound.channels.matrix.channel import BASE
from digest.outbound.channels.places.examined import PlaceDoctor, TokenQuestion

# https://spec.matrix.org/latest/client-server-api/#get_matrixclientv3accountwhoami
DOCTOR = PlaceDoctor(
    label="Matrix",
    names=("DIGEST_MATRIX_URL", "DIGEST_MATRIX_TOKEN"),
    url="DIGEST_MATRIX_URL",
    remedy="Make an account for the newsroom, and copy its access token (docs/operations.md).",
    question=lambda settings: TokenQuestion(
        f"{BASE}/account/whoami", {"Authorization": f"Bearer {settings.DIGEST_MATRIX_TOKEN}"}
    ),
    who=lambda told: str(told.get("user_id") or ""),
)
check, check_settings = DOCTOR.check, DOCTOR.check_settings
