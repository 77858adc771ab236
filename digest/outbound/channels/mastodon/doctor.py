"""Mastodon's settings, and whether the server knows the token, and says whose it is."""

from digest.outbound.channels.places.examined import PlaceDoctor, TokenQuestion

# https://docs.joinmastodon.org/methods/accounts/#verify_credentials
DOCTOR = PlaceDoctor(
    label="Mastodon",
    names=("DIGEST_MASTODON_URL", "DIGEST_MASTODON_TOKEN"),
    url="DIGEST_MASTODON_URL",
    remedy="Make an app in the account's preferences, Development (docs/operations.md).",
    question=lambda settings: TokenQuestion(
        "/api/v1/accounts/verify_credentials",
        {"Authorization": f"Bearer {settings.DIGEST_MASTODON_TOKEN}"},
    ),
    who=lambda told: f"@{told['acct']}" if told.get("acct") else "",
)
check, check_settings = DOCTOR.check, DOCTOR.check_settings
