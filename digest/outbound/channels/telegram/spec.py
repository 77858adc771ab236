"""The channel ``telegram``, declared."""

from digest.kit import env
from digest.kit.env import DeclaredSetting
from digest.outbound.channels.spec import ChannelSpec, Sent, WordsMaker
from digest.outbound.channels.telegram import shown, words
from digest.outbound.channels.telegram.address import CHAT, NAME

SETTINGS = (
    DeclaredSetting("DIGEST_TELEGRAM_TOKEN", env.text),
    DeclaredSetting("DIGEST_TELEGRAM_BOT", env.text),
    DeclaredSetting("DIGEST_TELEGRAM_SITE", env.text, "https://t.me"),
    DeclaredSetting("DIGEST_TELEGRAM_SECRET", env.text),
    DeclaredSetting("DIGEST_TELEGRAM_URL", env.text),
    DeclaredSetting("DIGEST_TELEGRAM_CONNECTIONS", env.number, 10),
)

SPEC = ChannelSpec(
    name=NAME,
    label="Telegram",
    by="Telegram",
    address=CHAT,
    words=WordsMaker(words.edition, words.alert, service=words.service),
    lint=shown.lint,
    preview=shown.preview,
    transport="digest.outbound.channels.telegram.channel:telegram",
    sent=Sent(
        heading="Look at your Telegram",
        words="Our bot has answered you.",
        missing="Press Start in the chat with our bot.",
    ),
    webhooks="digest.outbound.channels.telegram.webhook:WEBHOOKS",
    settings=SETTINGS,
    doctor="digest.outbound.channels.telegram.doctor:check",
    check_settings="digest.outbound.channels.telegram.doctor:check_settings",
    stand_in="digest.outbound.channels.telegram.stand_in.declared:STAND_IN",
    joins_at="{DIGEST_TELEGRAM_SITE}/{DIGEST_TELEGRAM_BOT}?start=site",
    serves_places=True,
    replaces=True,
    withdraws=True,
    own_word="telegram_own",
    at_once="DIGEST_TELEGRAM_CONNECTIONS",
)
