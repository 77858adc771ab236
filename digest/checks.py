"""System checks: mistakes in the configuration, each with a remedy. See ``digest doctor``."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register


@register()
def secret_key_is_set(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Production needs a secret of its own: links and tokens are signed with it."""
    if settings.DIGEST_PRODUCTION and not settings.DIGEST_SECRET_GIVEN:
        return [
            Error(
                "DIGEST_SECRET_KEY is not set.",
                hint="Set it to 50 random characters and keep it: links in sent mail depend on it.",
                id="digest.E001",
            )
        ]
    return []


@register()
def base_url_is_https(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """RFC 8058 asks for an https unsubscribe link, and mailbox providers check."""
    if settings.DIGEST_PRODUCTION and not settings.DIGEST_BASE_URL.startswith("https://"):
        return [
            Warning(
                "DIGEST_BASE_URL does not start with https://.",
                hint="One-click unsubscribe (RFC 8058) needs https; give the public address.",
                id="digest.W001",
            )
        ]
    return []


@register()
def second_factor_is_asked_of_a_role(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A word that is no role would ask it of nobody, and nobody would know."""
    from digest.staff.access import Role

    if settings.DIGEST_SECOND_FACTOR in {"", *(role.value for role in Role)}:
        return []
    hint = f"Write one of {', '.join(role.value for role in Role)}, or leave it empty."
    return [Error("DIGEST_SECOND_FACTOR names no role.", hint=hint, id="digest.E004")]


@register()
def provider_of_sign_ins_is_whole(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """What is half said would show a button that lets nobody in, or let in everybody."""
    from digest.staff.access import may_come_alone

    issuer, role = settings.DIGEST_OIDC_ISSUER, settings.DIGEST_OIDC_NEW_MEMBERS
    found: list[CheckMessage] = []
    if bool(issuer) != bool(settings.DIGEST_OIDC_CLIENT_ID):
        told = "DIGEST_OIDC_ISSUER and DIGEST_OIDC_CLIENT_ID go together."
        found.append(Error(told, hint="Set both, or neither.", id="digest.E006"))
    if issuer and settings.DIGEST_PRODUCTION and not issuer.startswith("https://"):
        told = "DIGEST_OIDC_ISSUER does not start with https://."
        hint = "Whoever is on the way could let anybody in. Give the provider's https address."
        found.append(Error(told, hint=hint, id="digest.E007"))
    if role and not (may_come_alone(role) and settings.DIGEST_OIDC_DOMAINS):
        told = "DIGEST_OIDC_NEW_MEMBERS cannot be followed, so nobody becomes a member by it."
        hint = "Write reader, services or editor, and name your domains in DIGEST_OIDC_DOMAINS."
        found.append(Error(told, hint=hint, id="digest.E008"))
    return found


@register()
def quiet_readers_are_paused_or_let_go(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A word of another meaning would do to readers what nobody had asked for."""
    if settings.DIGEST_QUIET_THEN in {"pause", "end"}:
        return []
    hint = "Write pause or end; it is for readers who do not answer whether they still want it."
    return [Error("DIGEST_QUIET_THEN is neither pause nor end.", hint=hint, id="digest.E005")]


@register()
def theme_can_be_read(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A theme that nobody could read would hold every mail for an editor."""
    from digest.outbound.messages.theme import BadTheme, theme_of

    try:
        theme_of(settings.DIGEST_THEME)
    except BadTheme as error:
        hint = "Mend DIGEST_THEME, or leave it out; docs/settings.md says what it may say."
        return [Error(str(error), hint=hint, id="digest.E002")]
    return []


@register()
def embedder_can_be_used(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Stories are grouped without it, so a mistake would go unseen. No model is loaded here."""
    path = settings.DIGEST_EMBEDDER
    if path in {"", "none"}:
        return []
    from digest.newsdesk.stories.languages import embedder  # brings NumPy, which few processes need

    found: list[CheckMessage] = []
    try:
        embedder.find(path)
    except embedder.Unusable as error:
        found.append(
            Warning(
                str(error),
                hint="Until then stories are compared without it; empty DIGEST_EMBEDDER to do so.",
                id="digest.W002",
            )
        )
    if not settings.DIGEST_CROSS_LANGUAGES:
        found.append(
            Warning(
                "DIGEST_EMBEDDER is set, but never asked.",
                hint="It helps to join stories in two languages: drop DIGEST_CROSS_LANGUAGES=0.",
                id="digest.W003",
            )
        )
    return found
