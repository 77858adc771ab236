"""The channel ``fcm``, declared."""

from digest.kit import env
from digest.kit.env import DeclaredSetting
from digest.outbound.channels import apps, lock_screen
from digest.outbound.channels.fcm.address import NAME, REGISTRATION
from digest.outbound.channels.spec import ChannelSpec, Sent, WordsMaker

SETTINGS = (
    DeclaredSetting("DIGEST_FCM_ACCOUNT", env.text),
    DeclaredSetting("DIGEST_FCM_APP_KEY", env.text),
    DeclaredSetting("DIGEST_FCM_CHANNEL_ID", env.text),
    DeclaredSetting("DIGEST_FCM_URL", env.text),
    DeclaredSetting("DIGEST_FCM_CONNECTIONS", env.number, 50),
)

SPEC = ChannelSpec(
    name=NAME,
    label="App",
    by="app",
    address=REGISTRATION,
    words=WordsMaker(*apps.makers(NAME, "fcm-2")),
    lint=apps.lint,
    preview=lock_screen.preview,
    transport="digest.outbound.channels.fcm.channel:fcm",
    sent=Sent(
        heading="Notifications are on",
        words="The app will show them.",
        missing="Switch them off and on again in the app.",
    ),
    webhooks="digest.outbound.channels.fcm.refused:WEBHOOKS",
    own_word=NAME,
    settings=SETTINGS,
    doctor="digest.outbound.channels.fcm.doctor:check",
    check_settings="digest.outbound.channels.fcm.doctor:check_settings",
    stand_in="digest.outbound.channels.fcm.stand_in.declared:STAND_IN",
    serves_readers=False,
    replaces=True,
    at_once="DIGEST_FCM_CONNECTIONS",
    apps=apps.AppRegistration("DIGEST_FCM_APP_KEY"),
)
