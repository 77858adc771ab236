"""The channel ``apns``, declared."""

from digest.kit import env
from digest.kit.env import DeclaredSetting
from digest.outbound.channels import apps, lock_screen
from digest.outbound.channels.apns.address import DEVICE, NAME, device
from digest.outbound.channels.spec import ChannelSpec, Sent, WordsMaker

SETTINGS = (
    DeclaredSetting("DIGEST_APNS_KEY", env.text),
    DeclaredSetting("DIGEST_APNS_KEY_ID", env.text),
    DeclaredSetting("DIGEST_APNS_TEAM", env.text),
    DeclaredSetting("DIGEST_APNS_TOPICS", env.words),
    DeclaredSetting("DIGEST_APNS_SANDBOX_KEY", env.text),
    DeclaredSetting("DIGEST_APNS_SANDBOX_KEY_ID", env.text),
    DeclaredSetting("DIGEST_APNS_APP_KEY", env.text),
    DeclaredSetting("DIGEST_APNS_URL", env.text),
    DeclaredSetting("DIGEST_APNS_SANDBOX_URL", env.text),
    DeclaredSetting("DIGEST_APNS_CA", env.text),
    DeclaredSetting("DIGEST_APNS_STREAMS", env.number, 200),
)

SPEC = ChannelSpec(
    name=NAME,
    label="iPhone app",
    by="iPhone app",
    address=DEVICE,
    words=WordsMaker(*apps.makers(NAME, "apns-2")),
    lint=apps.lint,
    preview=lock_screen.preview,
    transport="digest.outbound.channels.apns.channel:apns",
    sent=Sent(
        heading="Notifications are on",
        words="The app will show them.",
        missing="Switch them off and on again in the app.",
    ),
    webhooks="digest.outbound.channels.apns.refused:WEBHOOKS",
    own_word=NAME,
    settings=SETTINGS,
    doctor="digest.outbound.channels.apns.doctor:check",
    check_settings="digest.outbound.channels.apns.doctor:check_settings",
    stand_in="digest.outbound.channels.apns.stand_in.declared:STAND_IN",
    serves_readers=False,
    replaces=True,
    at_once="DIGEST_APNS_STREAMS",
    apps=apps.AppRegistration("DIGEST_APNS_APP_KEY", frozenset({"app", "environment"}), device),
)
