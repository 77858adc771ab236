"""Words for Telegram: HTML of its few tags, as many whole items as a message holds."""

from dataclasses import replace
from typing import Any

from digest.kit.text import one_line
from digest.newsdesk.alerts.core.content import AlertContent
from digest.newsdesk.editions.core.content import EditionContent
from digest.outbound.channels.telegram import html
from digest.outbound.channels.telegram.address import NAME
from digest.outbound.messages.alert import alert_of
from digest.outbound.messages.environment import apart, environment, translations, version
from digest.outbound.messages.fit import fit
from digest.outbound.messages.message import PREFERENCES, Words
from digest.outbound.messages.newsroom import Newsroom, ServiceContent
from digest.outbound.messages.reading import reading_of, short_date
from digest.outbound.messages.service import service_line, service_placeholder

MOST_ITEMS = 12
HEADLINE_LIMIT, BLURB_LIMIT, SUMMARY_LIMIT, INTRO_LIMIT = 200, 240, 1_500, 400


def alert(content: AlertContent, newsroom: Newsroom) -> Words:
    """An alert: headline, one paragraph, one link, whose card Telegram shows; or its picture."""
    view = alert_of(content)
    said = _render(
        "alert",
        content.language,
        label=view.label,
        headline=apart(fit(view.headline, HEADLINE_LIMIT), content.language),
        summary=fit(view.summary, SUMMARY_LIMIT),
        url=view.url,
    )
    picture = view.photo.url if view.photo else ""
    words = _words("alert", content.language, said, card=picture or view.url)
    return replace(words, fields=words.fields | {"picture": picture})


def edition(content: EditionContent, newsroom: Newsroom) -> Words:
    """An edition or a personal digest. Raises ValueError for one without items."""
    reading = reading_of(content, NAME, newsroom)
    if not reading.reads:
        raise ValueError("an edition without items has no Telegram message")
    name = apart(fit(reading.title, HEADLINE_LIMIT), content.language)
    title = f"{name}, {short_date(content)}"
    if content.revision > 1:
        title = f"{translations(content.language).gettext('Correction')}: {title}"
    said = _render("head", content.language, title=title, intro=fit(reading.intro, INTRO_LIMIT))
    rest = _render("rest", content.language, url=reading.web_url)
    room = html.MOST - html.length(rest) - html.length(_foot(content.language)) - len("\n\n") * 2
    for number, read in enumerate(reading.reads[:MOST_ITEMS], 1):
        item = _render(
            "item",
            content.language,
            number=number,
            is_update=read.is_update,
            headline=apart(fit(read.headline, HEADLINE_LIMIT), content.language),
            url=read.short_url,
            blurb=fit(read.blurb, BLURB_LIMIT),
            sources=", ".join(read.sources[:3]),
        )
        if html.length(f"{said}\n\n{item}") > room:
            break
        said = f"{said}\n\n{item}"
    return _words("edition", content.language, f"{said}\n\n{rest}", card="")


def service(content: ServiceContent, newsroom: Newsroom) -> Words:
    """A link that its reader asked for: to their own page, or to what is stored on them."""
    name = fit(one_line(newsroom.name), HEADLINE_LIMIT)
    said = _render("service", content.language, newsroom=name)
    link = service_placeholder(content.kind)
    what = service_line(content, name)
    foot = _render("service_link", content.language, link=link, what=what)
    words = _words("service", content.language, said, card="")
    return replace(words, fields=words.fields | {"foot": foot})


def _words(template: str, language: str, said: str, *, card: str) -> Words:
    files = {
        "alert": ("alert",),
        "edition": ("head", "item", "rest"),
        "service": ("service", "service_link"),
    }[template]
    return Words(
        channel=NAME,
        language=language,
        template=template,
        template_version=version(*(f"telegram/{each}.html" for each in (*files, "foot"))),
        fields={"text": said, "foot": _foot(language), "card": card},
    )


def _foot(language: str) -> str:
    return _render("foot", language, preferences=PREFERENCES)


def _render(name: str, language: str, **values: Any) -> str:
    return environment(language).get_template(f"telegram/{name}.html").render(values).strip()
