"""Words for a browser's notification. An edition is one notification."""

from babel import Locale

from digest.kit.text import one_line
from digest.newsdesk.alerts.core.content import AlertContent
from digest.newsdesk.editions.core.content import EditionContent
from digest.outbound.channels.webpush.address import NAME
from digest.outbound.messages import notification
from digest.outbound.messages.environment import environment, locale_of, translations, version
from digest.outbound.messages.fit import fit
from digest.outbound.messages.message import Words
from digest.outbound.messages.newsroom import Newsroom
from digest.outbound.messages.notification import BODY_LIMIT, TITLE_LIMIT, Notification, tag_of

WELCOME_TTL = 60
# Where readers switch notifications on; a page of ours, since permission belongs to an origin.
JOINS_AT = "/push"
_VERSION = "push-2"


def alert(content: AlertContent, newsroom: Newsroom) -> Words:
    """An alert; its corrections and its withdrawal carry the same tag, so that they replace it."""
    said = notification.of_alert(content, newsroom)
    return _words("alert", content.language, said, urgency="high")


def edition(content: EditionContent, newsroom: Newsroom) -> Words:
    """An edition or a personal digest. Raises ValueError for one without items."""
    said = notification.of_edition(content, NAME, newsroom)
    return _words("edition", content.language, said, urgency="normal")


def welcome(language: str, names: tuple[str, ...], newsroom: Newsroom) -> Words:
    """The first notification: it proves to the reader, and to us, that they arrive."""
    told = ", ".join(one_line(each) for each in names)
    template = environment(language).get_template("webpush/welcome.txt")
    title, _, body = template.render(names=told).strip().partition("\n")
    said = Notification(
        title=fit(f"{one_line(newsroom.name)}: {title}", TITLE_LIMIT),
        body=fit(body, BODY_LIMIT),
        url=f"{newsroom.base_url}{JOINS_AT}",
        tag=tag_of("welcome", ""),
        kind="welcome",
        revision=1,
        ttl=WELCOME_TTL,
    )
    return _words("welcome", language, said, urgency="high")


def _words(template: str, language: str, said: Notification, *, urgency: str) -> Words:
    return Words(
        channel=NAME,
        language=language,
        template=template,
        template_version=version("webpush/welcome.txt") if template == "welcome" else _VERSION,
        fields={
            "title": said.title,
            "body": said.body,
            "navigate": said.url,
            "tag": said.tag,
            # RFC 8030, 5.4: at most 32 characters of URL-safe base64.
            "topic": said.tag,
            "kind": said.kind,
            "revision": said.revision,
            "ttl": said.ttl,
            "image": said.image,
            "urgency": urgency,
            "dir": _direction(locale_of(language)),
            "own": translations(language).gettext("Change what you get"),
        },
    )


def _direction(locale: Locale) -> str:
    return str(locale.text_direction)
