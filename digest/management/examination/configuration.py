"""The settings, as far as they can be judged without asking anybody."""

from typing import Any
from urllib.parse import urlsplit

from django.core import checks

from digest.kit import env
from digest.kit.doctor.finding import Finding, error, ok, warning
from digest.kit.env import Misconfigured
from digest.outbound.channels import registry
from digest.outbound.delivery.core import limits

_LOCAL = {"localhost", "127.0.0.1", "::1"}
_SHORTEST_SECRET = 32


def configuration(settings: Any, *, system_checks: bool = True) -> list[Finding]:
    """Django's system checks with ours, the secret key, the public address and the recipients."""
    return [
        *_unread(),
        *(_system_checks() if system_checks else []),
        _debug(settings),
        *_pace(settings),
        _secret(settings),
        _base_url(settings),
        _recipients(settings),
        *_channels(settings),
    ]


def _system_checks() -> list[Finding]:
    found = [each for each in checks.run_checks() if not each.is_silenced()]
    if not found:
        return [ok("settings", "Django's checks and ours pass.")]
    return [
        (error if each.is_serious() else warning)(
            "settings", f"{each.msg} ({each.id})", each.hint or "See the message."
        )
        for each in found
    ]


def _unread() -> list[Finding]:
    """Settings that could not be read at all; any other command has already stopped at them."""
    return [error("settings", words, "Write it as said.") for words in env.mistakes]


def _debug(settings: Any) -> Finding:
    if not settings.DEBUG:
        return ok("debug", "Off.")
    words = "DIGEST_DEBUG is on: whoever meets an error sees code and data."
    if settings.DIGEST_PRODUCTION:
        return error("debug", words, "Unset DIGEST_DEBUG.")
    return ok("debug", f"{words} Fine on a machine of your own.")


def _pace(settings: Any) -> list[Finding]:
    """Limits that every run of a send would stumble over."""
    try:
        limits.read(settings.DIGEST_PACE)
        limits.read_warm_up(settings.DIGEST_WARM_UP)
    except ValueError as mistake:
        return [error("pace", str(mistake), "Write it as said, or unset it.")]
    return []


def _secret(settings: Any) -> Finding:
    remedy = (
        "Set DIGEST_SECRET_KEY to 50 random characters and keep it: links in sent mail need it."
    )
    if not settings.DIGEST_SECRET_GIVEN:
        where = settings.DIGEST_HOME / "digest_secret_key.txt"
        if settings.DIGEST_PRODUCTION:
            words = "DIGEST_SECRET_KEY is not set; every machine would make one of its own."
            if where.is_file():
                remedy = f"Set DIGEST_SECRET_KEY to what {where} holds: sent links depend on it."
            return error("secret key", words, remedy)
        words = f"DIGEST_SECRET_KEY is not set; the one made at the first start, {where}, is used."
        return ok("secret key", words)
    if len(settings.SECRET_KEY) < _SHORTEST_SECRET:
        judge = error if settings.DIGEST_PRODUCTION else warning
        return judge("secret key", f"It has only {len(settings.SECRET_KEY)} characters.", remedy)
    return ok("secret key", "It is set and long enough.")


def _base_url(settings: Any) -> Finding:
    parts = urlsplit(settings.DIGEST_BASE_URL)
    remedy = "Set DIGEST_BASE_URL to the public address, like https://news.example.org."
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return error("base URL", f"{settings.DIGEST_BASE_URL!r} is no web address.", remedy)
    if parts.scheme == "https" and parts.hostname not in _LOCAL:
        return ok("base URL", settings.DIGEST_BASE_URL)
    words = f"{settings.DIGEST_BASE_URL} is only good on this machine."
    if parts.hostname not in _LOCAL:
        words = f"{settings.DIGEST_BASE_URL} is not https, which one-click unsubscribe needs."
    if settings.DIGEST_PRODUCTION:
        return error("base URL", f"Links in mails would not work for readers: {words}", remedy)
    return ok("base URL", f"{words} Enough outside production.")


def _recipients(settings: Any) -> Finding:
    allowed = settings.DIGEST_ALLOWED_RECIPIENTS
    if settings.DIGEST_PRODUCTION:
        return ok("recipients", "Production: every confirmed reader is contacted.")
    if not allowed:
        return ok(
            "recipients", "Outside production nobody is contacted, but for the mailbox of up."
        )
    if "*" in allowed:
        return warning(
            "recipients",
            "Outside production, and yet everybody may be contacted.",
            "Set DIGEST_ALLOWED_RECIPIENTS to your own addresses or @domain.",
        )
    return ok("recipients", f"Only {len(allowed)} allowed entries are ever contacted.")


def _channels(settings: Any) -> list[Finding]:
    remedy = f"Choose among {', '.join(sorted(registry.names()))}, with commas."
    if not settings.DIGEST_CHANNELS:
        return [error("channels", "DIGEST_CHANNELS: there are none.", remedy)]
    found = [_channel(name, settings, remedy) for name in settings.DIGEST_CHANNELS]
    wrong = [each for each in found if each is not None]
    return wrong or [ok("channels", ", ".join(settings.DIGEST_CHANNELS))]


def _channel(name: str, settings: Any, remedy: str) -> Finding | None:
    """What is wrong with one channel's package or with a setting of its own."""
    try:
        spec = registry.spec(name)
        for setting in spec.settings:
            getattr(registry.config(name, settings), setting.name)
    except registry.UnknownChannel:
        words = f"DIGEST_CHANNELS: no channel is called {name}."
        return error("channels", words, f"{remedy} A package must be installed where this runs.")
    except registry.BrokenChannel as reason:
        return error("channels", str(reason), "Mend or update the package that brings it.")
    except Misconfigured as reason:
        return error("channels", f"A setting of {name} cannot be read.", str(reason))
    return None
