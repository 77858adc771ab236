"""The channel ``email``, declared."""

from digest.kit import env
from digest.kit.env import DeclaredSetting
from digest.outbound.channels.email import lint, preview, words
from digest.outbound.channels.email.addresses.address import EMAIL_ADDRESS
from digest.outbound.channels.spec import ChannelSpec, Sent, WordsMaker

SETTINGS = (
    DeclaredSetting("DIGEST_SMTP_URL", env.text, "smtp://127.0.0.1:1025"),
    DeclaredSetting("DIGEST_SMTP_CONNECTIONS", env.number, 10),
    # Keys in PEM form; DIGEST_DKIM_KEY_FILE names a file instead.
    DeclaredSetting("DIGEST_EMAIL_ROLES", env.text, "ask"),
    DeclaredSetting("DIGEST_EMAIL_DISPOSABLE", env.text, "refuse"),
    DeclaredSetting("DIGEST_DKIM_DOMAIN", env.text),
    DeclaredSetting("DIGEST_DKIM_SELECTOR", env.text, "digest"),
    DeclaredSetting("DIGEST_DKIM_KEY", env.text),
    DeclaredSetting("DIGEST_DKIM_SECOND_SELECTOR", env.text, "digest-ed25519"),
    DeclaredSetting("DIGEST_DKIM_SECOND_KEY", env.text),
    DeclaredSetting("DIGEST_SES_TOPIC", env.text),
    DeclaredSetting("DIGEST_POSTMARK_CREDENTIALS", env.text),
    DeclaredSetting("DIGEST_MAILGUN_SIGNING_KEY", env.text),
    DeclaredSetting("DIGEST_SENDGRID_PUBLIC_KEY", env.text),
)

SPEC = ChannelSpec(
    name=words.NAME,
    label="Email",
    by="email",
    address=EMAIL_ADDRESS,
    words=WordsMaker(
        words.edition,
        words.alert,
        words.confirmation,
        words.service,
        words.welcome,
        words.series,
        words.question,
    ),
    lint=lint.lint,
    preview=preview.preview,
    transport="digest.outbound.channels.email.channel:email",
    sent=Sent(
        heading="Look into your inbox",
        words="We have sent you a mail.",
        missing="Look under spam or promotions, then check the address and try again.",
    ),
    webhooks="digest.outbound.channels.email.webhooks:WEBHOOKS",
    doctor="digest.outbound.channels.email.doctor.check:check",
    check_settings="digest.outbound.channels.email.doctor.check:check_settings",
    stand_in="digest.outbound.channels.email.stand_in.declared:STAND_IN",
    settings=SETTINGS,
    own_word="relay",
    at_once="DIGEST_SMTP_CONNECTIONS",
    address_policy=(("role", "DIGEST_EMAIL_ROLES"), ("disposable", "DIGEST_EMAIL_DISPOSABLE")),
    warms_up=True,
    held_by_site=True,
)
