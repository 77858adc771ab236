"""The provider by which members sign in, where there is one."""

from typing import Any

from digest.kit.doctor.finding import Finding, ok, warning
from digest.staff.single import discovery

SUBJECT = "sign-in"


def single_sign_on(settings: Any) -> list[Finding]:
    """Whether the provider answers as who it is to be; nothing where none is set."""
    if not discovery.is_configured():
        return []
    try:
        told = discovery.document()
    except discovery.NotProven as error:
        remedy = (
            "Members can sign in by password meanwhile. DIGEST_OIDC_ISSUER must be written as the "
            "provider writes it, and be reached from this machine."
        )
        return [warning(SUBJECT, str(error), remedy)]
    if not discovery.algorithms(told):
        remedy = "Have it sign ID tokens by RS256, PS256, ES256 or EdDSA for this client."
        return [warning(SUBJECT, "The provider signs by nothing that proves anything.", remedy)]
    return [ok(SUBJECT, f"{settings.DIGEST_OIDC_ISSUER} answers, and signs what it says.")]
