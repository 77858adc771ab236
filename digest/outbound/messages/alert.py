"""An alert as a reader meets it: a label, one headline, one paragraph. Shared by all channels."""

from dataclasses import dataclass
from datetime import UTC, datetime

from babel.dates import format_skeleton, format_time

from digest.kit.text import one_line
from digest.newsdesk.alerts.core.content import AlertContent
from digest.outbound.messages import links
from digest.outbound.messages.environment import locale_of, translations
from digest.outbound.messages.reading import Photo, photo_of


@dataclass(frozen=True, slots=True)
class AlertView:
    """An alert, cleaned. ``issued`` is a moment in words, in UTC; ``url`` may be empty."""

    label: str
    headline: str
    summary: str
    url: str
    sources: tuple[str, ...]
    issued: str
    language: str = ""
    photo: Photo | None = None


def alert_of(content: AlertContent) -> AlertView:
    """``content`` ready for a template."""
    say = translations(content.language).gettext
    labels = {
        "first": say("Breaking"),
        "correction": say("Correction"),
        "withdrawal": say("Withdrawn"),
        "held": say("While it was quiet"),
    }
    return AlertView(
        label=labels.get(content.kind, labels["first"]),
        headline=one_line(content.headline),
        summary=one_line(content.summary),
        url=links.web_link(content.url),
        sources=tuple(one_line(name) for name in content.sources if one_line(name)),
        issued=_issued(content),
        language=content.language,
        photo=photo_of(content.picture, one_line(content.headline)),
    )


def _issued(content: AlertContent) -> str:
    try:
        at = datetime.fromisoformat(content.issued_at)
    except ValueError:
        return ""
    at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    locale = locale_of(content.language)
    day = format_skeleton("MMMMEEEEd", at, locale=locale)
    return f"{day}, {format_time(at, 'HH:mm', locale=locale)} UTC"
