"""The channel ``whatsapp``, declared."""

from digest.kit import env
from digest.kit.env import DeclaredSetting
from digest.outbound.channels.spec import ChannelSpec, Sent, WordsMaker
from digest.outbound.channels.whatsapp import lint, preview, words
from digest.outbound.channels.whatsapp.address import PHONE_NUMBER
from digest.outbound.channels.whatsapp.channel_post import CHANNEL_POST

SETTINGS = (
    DeclaredSetting("DIGEST_WHATSAPP_URL", env.text),
    DeclaredSetting("DIGEST_WHATSAPP_PHONE_ID", env.text),
    DeclaredSetting("DIGEST_WHATSAPP_TOKEN", env.text),
    DeclaredSetting("DIGEST_WHATSAPP_ACCOUNT_ID", env.text),
    DeclaredSetting("DIGEST_WHATSAPP_IDLE_DAYS", env.number, 60),
    DeclaredSetting("DIGEST_WHATSAPP_RATES", env.text),
    DeclaredSetting("DIGEST_WHATSAPP_SITE", env.text),
    DeclaredSetting("DIGEST_WHATSAPP_APP_ID", env.text),
    DeclaredSetting("DIGEST_WHATSAPP_APP_SECRET", env.text),
    DeclaredSetting("DIGEST_WHATSAPP_VERIFY_TOKEN", env.text),
    DeclaredSetting("DIGEST_WHATSAPP_MARKETING_TERMS", env.flag),
    DeclaredSetting("DIGEST_WHATSAPP_CHANNEL", env.text),
)

SPEC = ChannelSpec(
    name=words.NAME,
    label="WhatsApp",
    by="WhatsApp",
    address=PHONE_NUMBER,
    words=WordsMaker(words.edition, words.alert, words.confirmation, words.service),
    lint=lint.lint,
    preview=preview.preview,
    preview_by_settings=preview.preview_by_settings,
    transport="digest.outbound.channels.whatsapp.channel:whatsapp",
    sent=Sent(
        heading="Look at your WhatsApp",
        words="We have sent you a message.",
        missing="Check the number and try again.",
    ),
    webhooks="digest.outbound.channels.whatsapp.webhook:WEBHOOKS",
    own_word="whatsapp_own",
    reports_each_copy=True,
    doctor="digest.outbound.channels.whatsapp.doctor:check",
    check_settings="digest.outbound.channels.whatsapp.doctor:check_settings",
    stand_in="digest.outbound.channels.whatsapp.stand_in.declared:STAND_IN",
    settings=SETTINGS,
    by_hand=CHANNEL_POST,
    costs="digest.outbound.channels.whatsapp.costs:COSTS",
    templates="digest.outbound.channels.whatsapp.own_templates:TEMPLATES",
)
