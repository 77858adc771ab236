"""What the doctor looks at for email: the relay, and the records of the sending domain."""

from typing import Any

from digest.kit.doctor.dns import Ask
from digest.kit.doctor.finding import Finding
from digest.outbound.channels.email.doctor.relay import relay, relay_setting
from digest.outbound.channels.email.doctor.sending_domain import sending_domain, sending_settings


def check(config: Any, ask: Ask) -> list[Finding]:
    """Talk to the relay, sending no mail, and look SPF, DKIM and DMARC up."""
    return [*relay(config), *sending_domain(config, ask)]


def check_settings(config: Any) -> list[Finding]:
    """What is wrong about the settings, whoever answers: relays, sender and keys."""
    return [*relay_setting(config), *sending_settings(config)]
