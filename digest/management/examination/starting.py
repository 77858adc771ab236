"""What keeps a production process from starting: a setting that the doctor calls wrong.

Never what may pass by itself, such as DNS, a relay or a clock: a restart at night must not fail
for those.
"""

from typing import Any

from digest.kit import env
from digest.kit.doctor.finding import ERROR, Finding, error
from digest.management.examination.blotting import blotted
from digest.management.examination.configuration import configuration
from digest.management.examination.folder import place
from digest.outbound.channels import registry
from digest.outbound.channels.spec import ChannelSpec


def settings_findings(settings: Any) -> list[Finding]:
    """What can be said of the settings alone.

    Without Django's own checks: they are about code, and load every page in every worker.
    """
    return [
        *configuration(settings, system_checks=False),
        place(settings.DIGEST_HOME),
        *[
            finding
            for spec in registry.usable(settings.DIGEST_CHANNELS)
            for finding in _of_channel(spec, settings)
        ],
    ]


def _of_channel(spec: ChannelSpec, settings: Any) -> list[Finding]:
    if not spec.check_settings:
        return []
    try:
        config = registry.config(spec.name, settings)
        found: list[Finding] = registry.part(spec.check_settings)(config)
    except Exception as failure:
        words = f"Its settings could not be examined: {type(failure).__name__}: {failure}"
        return [error(spec.label, words, "Mend them, or the package that brings it.")]
    return found


def refuse_wrong_settings(settings: Any) -> None:
    """In production, raise :class:`~digest.kit.env.Misconfigured` that lists what is wrong."""
    if not settings.DIGEST_PRODUCTION:
        return
    wrong = [each for each in settings_findings(settings) if each.state == ERROR]
    if wrong:
        lines = [f"  {each.subject}: {each.what} {each.remedy}" for each in wrong]
        told = "\n".join(lines)
        raise env.Misconfigured(
            blotted(f"In production nothing starts on wrong settings. See `digest doctor`.\n{told}")
        )
