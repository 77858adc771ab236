"""What the doctor found, as it may be shown and pasted anywhere: without secrets."""

from dataclasses import replace

from django.conf import settings

from digest.kit import secrecy
from digest.kit.doctor.finding import Finding


def blotted(text: str) -> str:
    """``text`` without the secrets of the settings, such as the password in DATABASE_URL."""
    return secrecy.without(text, secrecy.known(settings))


def presentable(findings: list[Finding]) -> list[Finding]:
    """The findings without a secret in them."""
    return [
        replace(each, what=blotted(each.what), remedy=blotted(each.remedy)) for each in findings
    ]
