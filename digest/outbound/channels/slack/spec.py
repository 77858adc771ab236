"""The channel ``slack``, declared."""

from digest.kit import env
from digest.kit.env import DeclaredSetting
from digest.outbound.channels.places.declared_spec import place_spec
from digest.outbound.channels.slack.address import CONVERSATION
from digest.outbound.channels.slack.words import FORM

SPEC = place_spec(
    "Slack",
    CONVERSATION,
    FORM,
    (
        DeclaredSetting("DIGEST_SLACK_TOKEN", env.text),
        DeclaredSetting("DIGEST_SLACK_URL", env.text),
    ),
)
