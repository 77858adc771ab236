"""A lock screen's notification: a headline, two lines, one link. Shared by all push channels."""

import base64
import hashlib
from dataclasses import dataclass

from digest.kit.text import one_line
from digest.newsdesk.alerts.core.content import AlertContent
from digest.newsdesk.editions.core.content import EditionContent
from digest.outbound.messages import links
from digest.outbound.messages.alert import alert_of
from digest.outbound.messages.environment import apart
from digest.outbound.messages.fit import fit
from digest.outbound.messages.newsroom import Newsroom
from digest.outbound.messages.reading import Photo, reading_of, short_date

# What phones show of it, opened wide; anything longer is cut by them in the middle of a word.
TITLE_LIMIT, BODY_LIMIT = 120, 240
HEADLINES = 3
_HEADLINE_LIMIT = 76
_LONGEST_LINK = LONGEST_PICTURE = 600
# How long a push service keeps it for a device that is away: news for some hours, a digest until
# the next one is near.
ALERT_TTL, EDITION_TTL = 6 * 3600, 20 * 3600


@dataclass(frozen=True, slots=True)
class Notification:
    """What is shown. ``tag`` is the same in all revisions of one alert or edition: 24 letters of
    URL-safe base64. ``kind`` is first, correction, withdrawal or edition; ``ttl`` in seconds;
    ``image`` the address of a picture, empty without one.
    """

    title: str
    body: str
    url: str
    tag: str
    kind: str
    revision: int
    ttl: int
    image: str = ""


def of_alert(content: AlertContent, newsroom: Newsroom) -> Notification:
    """An alert; a correction and a withdrawal have its tag, so that they take its place."""
    view = alert_of(content)
    body = view.summary or ", ".join(view.sources) or one_line(newsroom.name)
    return Notification(
        title=fit(f"{view.label}: {apart(view.headline, content.language)}", TITLE_LIMIT),
        body=fit(body, BODY_LIMIT),
        url=view.url if len(view.url) <= _LONGEST_LINK else links.front(newsroom.base_url),
        tag=tag_of("alert", content.public_id),
        kind=content.kind,
        revision=content.revision,
        ttl=ALERT_TTL,
        image=_image(view.photo, newsroom),
    )


def _image(photo: Photo | None, newsroom: Newsroom) -> str:
    """A picture that devices load: by https, but for a newsroom that is tried out without."""
    if photo is None or len(photo.url) > LONGEST_PICTURE or not photo.url.isascii():
        return ""
    is_tried_out = not newsroom.base_url.startswith("https://")
    return photo.url if photo.url.startswith("https://") or is_tried_out else ""


def of_edition(content: EditionContent, channel: str, newsroom: Newsroom) -> Notification:
    """An edition or a personal digest: its name, and the first headlines.

    Raises ValueError for one without items.
    """
    reading = reading_of(content, channel, newsroom)
    if not reading.reads:
        raise ValueError("an edition without items is no notification")
    heads = [fit(each.headline, _HEADLINE_LIMIT) for each in reading.reads[:HEADLINES]]
    body = "\n".join(f"{number}. {head}" for number, head in enumerate(heads, 1))
    return Notification(
        title=fit(f"{apart(reading.title, content.language)}, {short_date(content)}", TITLE_LIMIT),
        body=fit(body, BODY_LIMIT),
        url=reading.web_url,
        tag=tag_of("edition", content.public_id),
        kind="edition",
        revision=content.revision,
        ttl=EDITION_TTL,
    )


def tag_of(kind: str, public_id: str) -> str:
    """What an edition or alert is called on every device."""
    digest = hashlib.sha256(f"{kind} {public_id}".encode()).digest()
    return base64.urlsafe_b64encode(digest[:18]).decode()
