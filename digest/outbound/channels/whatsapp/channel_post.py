"""What an editor posts in the newsroom's WhatsApp Channel, for which Meta offers no API (pure).

As newsrooms write them: a bold dated title, a few numbered headlines, and one link alone, whose
card WhatsApp then shows; an alert is one headline, a sentence and its link.
"""

from digest.kit.text import one_line
from digest.newsdesk.alerts.core.content import AlertContent
from digest.newsdesk.editions.core.content import EditionContent
from digest.outbound.channels.by_hand import ByHand, PostWords
from digest.outbound.channels.whatsapp.words import NAME, harmless
from digest.outbound.messages import links
from digest.outbound.messages.alert import alert_of
from digest.outbound.messages.environment import apart, translations
from digest.outbound.messages.fit import fit
from digest.outbound.messages.newsroom import Newsroom
from digest.outbound.messages.reading import reading_of, short_date

MOST_ITEMS = 5
HEADLINE_LIMIT, SUMMARY_LIMIT, TITLE_LIMIT = 120, 300, 100
LIMIT = 4096


def edition(content: EditionContent, newsroom: Newsroom) -> PostWords:
    """Top reads. Raises ValueError for an edition without items."""
    reading = reading_of(content, NAME, newsroom)
    if not reading.reads:
        raise ValueError("an edition without items is no post")
    name = fit(harmless(one_line(reading.title)), TITLE_LIMIT)
    title = f"{apart(name, content.language)}, {short_date(content)}"
    say = translations(content.language).gettext
    if content.revision > 1:
        title = f"{say('Correction')}: {title}"
    lines = []
    for number, read in enumerate(reading.reads[:MOST_ITEMS], 1):
        headline = apart(fit(harmless(read.headline), HEADLINE_LIMIT), content.language)
        update = f"{say('Update')}: " if read.is_update else ""
        lines.append(f"{number}. {update}{headline}")
    photo = next((read.photo for read in reading.reads if read.photo), None)
    return PostWords(
        f"*{title}*\n\n" + "\n".join(lines) + f"\n\n{reading.web_url}",
        photo.url if photo else "",
        photo.alt if photo else "",
    )


def alert(content: AlertContent, newsroom: Newsroom) -> PostWords:
    """An alert, its correction or its withdrawal."""
    view = alert_of(content)
    headline = apart(fit(harmless(view.headline), HEADLINE_LIMIT), content.language)
    parts = [
        f"*{view.label}: {headline}*",
        fit(harmless(view.summary), SUMMARY_LIMIT),
        view.url or links.front(newsroom.base_url),
    ]
    photo = view.photo
    return PostWords(
        "\n\n".join(part for part in parts if part),
        photo.url if photo else "",
        photo.alt if photo else "",
    )


CHANNEL_POST = ByHand("WhatsApp Channel", "DIGEST_WHATSAPP_CHANNEL", LIMIT, edition, alert)
