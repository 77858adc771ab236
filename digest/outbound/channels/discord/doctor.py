"""Discord's settings, and whether it knows the token: the bot's own user."""

from digest.outbound.channels.discord.channel import DISCORD_API
from digest.outbound.channels.places.examined import PlaceDoctor, TokenQuestion

# https://discord.com/developers/docs/resources/user#get-current-user
DOCTOR = PlaceDoctor(
    label="Discord",
    names=("DIGEST_DISCORD_TOKEN",),
    url="DIGEST_DISCORD_URL",
    otherwise=DISCORD_API,
    version=r"/api/v\d+",
    remedy="Make an application with a bot, and copy its token (docs/operations.md).",
    question=lambda settings: TokenQuestion(
        "/users/@me", {"Authorization": f"Bot {settings.DIGEST_DISCORD_TOKEN}"}
    ),
    who=lambda told: str(told.get("username") or "") if told.get("bot") is True else "",
)
check, check_settings = DOCTOR.check, DOCTOR.check_settings
