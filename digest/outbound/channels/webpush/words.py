"""Words for a lock screen: a headline, two lines, one link. An edition is one notification."""

import hashlib
from typing import Any

from babel import Locale

from digest.kit.text import one_line
from digest.newsdesk.alerts.core.content import AlertContent
from digest.newsdesk.editions.core.content import EditionContent
from digest.outbound.channels.webpush.address import NAME, packed
from digest.outbound.messages import links
from digest.outbound.messages.alert import alert_of
from digest.outbound.messages.environment import environment, locale_of, translations
from digest.outbound.messages.fit import fit
from digest.outbound.messages.message import Words
from digest.outbound.messages.newsroom import Newsroom
from digest.outbound.messages.reading import reading_of, short_date

# What phones show of it, opened wide; anything longer is cut by them in the middle of a word.
TITLE_LIMIT, BODY_LIMIT = 120, 240
HEADLINES = 3
_HEADLINE_LIMIT = 76
_LONGEST_LINK = 600
# How long a push service keeps it for a browser that is away: news for some hours, a digest until
# the next one is near.
ALERT_TTL, EDITION_TTL = 6 * 3600, 20 * 3600
WELCOME_TTL = 60
# Where readers switch notifications on; a page of ours, since permission belongs to an origin.
JOINS_AT = "/push"
_VERSION = "push-1"


def alert(content: AlertContent, newsroom: Newsroom) -> Words:
    """An alert; its corrections and its withdrawal carry the same tag, so that they replace it."""
    view = alert_of(content)
    body = view.summary or ", ".join(view.sources) or one_line(newsroom.name)
    return _words(
        "alert",
        content.language,
        title=f"{view.label}: {view.headline}",
        body=body,
        navigate=view.url if len(view.url) <= _LONGEST_LINK else links.front(newsroom.base_url),
        tag=_tag("alert", content.public_id),
        kind=content.kind,
        revision=content.revision,
        urgency="high",
        ttl=ALERT_TTL,
    )


def edition(content: EditionContent, newsroom: Newsroom) -> Words:
    """An edition or a personal digest: its name, and the first headlines.

    Raises ValueError for one without items.
    """
    reading = reading_of(content, NAME, newsroom)
    if not reading.reads:
        raise ValueError("an edition without items is no notification")
    heads = [fit(each.headline, _HEADLINE_LIMIT) for each in reading.reads[:HEADLINES]]
    return _words(
        "edition",
        content.language,
        title=f"{reading.title}, {short_date(content)}",
        body="\n".join(f"{number}. {head}" for number, head in enumerate(heads, 1)),
        navigate=reading.web_url,
        tag=_tag("edition", content.public_id),
        kind="edition",
        revision=content.revision,
        urgency="normal",
        ttl=EDITION_TTL,
    )


def welcome(language: str, names: tuple[str, ...], newsroom: Newsroom) -> Words:
    """The first notification: it proves to the reader, and to us, that they arrive."""
    told = ", ".join(one_line(each) for each in names)
    template = environment(language).get_template("webpush/welcome.txt")
    title, _, body = template.render(names=told).strip().partition("\n")
    return _words(
        "welcome",
        language,
        title=f"{one_line(newsroom.name)}: {title}",
        body=body,
        navigate=f"{newsroom.base_url}{JOINS_AT}",
        tag=_tag("welcome", ""),
        kind="welcome",
        revision=1,
        urgency="high",
        ttl=WELCOME_TTL,
    )


def _words(template: str, language: str, **fields: Any) -> Words:
    return Words(
        channel=NAME,
        language=language,
        template=template,
        template_version=_VERSION,
        fields=fields
        | {
            "title": fit(one_line(fields["title"]), TITLE_LIMIT),
            "body": fit(fields["body"], BODY_LIMIT),
            "dir": _direction(locale_of(language)),
            # RFC 8030, 5.4: at most 32 characters of URL-safe base64.
            "topic": fields["tag"],
            "own": translations(language).gettext("Change what you get"),
        },
    )


def _direction(locale: Locale) -> str:
    return str(locale.text_direction)


def _tag(kind: str, public_id: str) -> str:
    """What an edition or alert is called on every device, in all its revisions."""
    return packed(hashlib.sha256(f"{kind} {public_id}".encode()).digest()[:18])
