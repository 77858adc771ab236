"""Slack's settings, and whether it knows the token: auth.test."""

from digest.outbound.channels.places.examined import PlaceDoctor, TokenQuestion
from digest.outbound.channels.slack.channel import WEB_API

# https://docs.slack.dev/reference/methods/auth.test
DOCTOR = PlaceDoctor(
    label="Slack",
    names=("DIGEST_SLACK_TOKEN",),
    url="DIGEST_SLACK_URL",
    otherwise=WEB_API,
    version="/api",
    remedy="Make an app with the scope chat:write, and copy its bot token (docs/operations.md).",
    question=lambda settings: TokenQuestion(
        "/auth.test", {"Authorization": f"Bearer {settings.DIGEST_SLACK_TOKEN}"}, {}
    ),
    who=lambda told: f"{told.get('user')} in {told.get('team')}" if told.get("ok") is True else "",
)
check, check_settings = DOCTOR.check, DOCTOR.check_settings
