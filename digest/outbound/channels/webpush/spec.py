"""The channel ``webpush``, declared."""

from digest.kit import env
from digest.kit.env import DeclaredSetting
from digest.outbound.channels import lock_screen
from digest.outbound.channels.spec import ChannelSpec, Sent, WordsMaker
from digest.outbound.channels.webpush import shown, words
from digest.outbound.channels.webpush.address import ENDPOINT, NAME

SETTINGS = (
    DeclaredSetting("DIGEST_WEBPUSH_KEYS", env.words, ""),
    DeclaredSetting("DIGEST_WEBPUSH_CONTACT", env.text),
    DeclaredSetting(
        "DIGEST_WEBPUSH_SERVICES",
        env.words,
        "fcm.googleapis.com,.push.services.mozilla.com,.push.apple.com,.notify.windows.com",
    ),
    DeclaredSetting("DIGEST_WEBPUSH_CONNECTIONS", env.number, 50),
    DeclaredSetting("DIGEST_WEBPUSH_SITES", env.words, ""),
)

SPEC = ChannelSpec(
    name=NAME,
    label="Notifications",
    by="notification",
    address=ENDPOINT,
    words=WordsMaker(words.edition, words.alert),
    lint=shown.lint,
    preview=lock_screen.preview,
    transport="digest.outbound.channels.webpush.channel:webpush",
    sent=Sent(
        heading="Notifications are on",
        words="This browser will show them.",
        missing="Switch them off and on again.",
    ),
    webhooks="digest.outbound.channels.webpush.refused:WEBHOOKS",
    settings=SETTINGS,
    doctor="digest.outbound.channels.webpush.doctor:check",
    check_settings="digest.outbound.channels.webpush.doctor:check_settings",
    stand_in="digest.outbound.channels.webpush.stand_in.declared:STAND_IN",
    joins_at=words.JOINS_AT,
    replaces=True,
    withdraws=True,
    own_word=NAME,
    at_once="DIGEST_WEBPUSH_CONNECTIONS",
)
