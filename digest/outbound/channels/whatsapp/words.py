"""Words for WhatsApp: a template's slots, and the longer free text for an open window.

WhatsApp knows ``*bold*``, ``_italic_``, ``~strike~`` and `` `mono` ``, and no way to escape any of
them. A zero-width character beside a stray mark is not documented to disarm it, so a mark in
somebody else's words is replaced by the character that looks like it: always, because whether a
lone mark pairs up depends on words that come later. In links the marks are percent-encoded, which
names the same address.
"""

import re
from dataclasses import replace
from typing import Any

from digest.kit.text import one_line
from digest.newsdesk.alerts.core.content import AlertContent
from digest.newsdesk.editions.core.content import EditionContent
from digest.outbound.channels.whatsapp import slots, templates
from digest.outbound.channels.whatsapp.pictures.sendable import sendable
from digest.outbound.messages import links
from digest.outbound.messages.alert import AlertView, alert_of
from digest.outbound.messages.environment import apart, environment, translations, version
from digest.outbound.messages.fit import fit, share, units
from digest.outbound.messages.message import CONFIRM, PREFERENCES, Words
from digest.outbound.messages.newsroom import (
    ConfirmContent,
    Newsroom,
    ServiceContent,
)
from digest.outbound.messages.reading import EditionView, ItemView, reading_of, short_date
from digest.outbound.messages.service import service_line, service_placeholder

NAME = "whatsapp"
MOST_SLOTS = 5
MOST_FREE = 10
TITLE_LIMIT = 100
HEADLINE_LIMIT = 160
BLURB_LIMIT = 220
# A shorter headline says nothing: rather one item less.
LEAST_HEADLINE = 24
# What a reader's own link may need beyond the placeholder that stands for it.
_LINK_ROOM = 200

_LOOKALIKE = str.maketrans({"*": "∗", "_": "ˍ", "~": "∼", "`": "‘"})
_ENCODED = str.maketrans({"*": "%2A", "_": "%5F", "~": "%7E", "`": "%60"})
_LINE_MARK = re.compile(r"^(?:[>\-•]+\s+)+")
_ADDRESS = re.compile(r"(https?://[^\s<>\"]+)")
_LINK = re.compile(r"\w+://\S+")


def harmless(text: str) -> str:
    """``text`` with no mark in it that WhatsApp would take for formatting.

    An address goes on leading where it did.
    """
    return "".join(
        each.translate(_ENCODED if number % 2 else _LOOKALIKE)
        for number, each in enumerate(_ADDRESS.split(text))
    )


def _bold(text: str) -> str:
    """``text`` fit to stand in bold: an address in it would swallow the mark that ends it."""
    return _LINK.sub("…", harmless(text))


def edition(content: EditionContent, newsroom: Newsroom) -> Words:
    """An edition: three to five slots (fewer on a quiet day), or the longer free text."""
    reading = reading_of(content, NAME, newsroom)
    name = harmless(one_line(newsroom.name))
    said = _bold(reading.title)
    ours, its = (apart(each, content.language) for each in (name, said))
    title = fit(f"{ours}: {its}" if name != said else ours, TITLE_LIMIT)
    dated = f"{title}, {short_date(content)}"
    template, values = _top_reads(dated, reading.reads)
    return _words(
        template,
        content.language,
        values,
        _edition_text(reading, name, content.language),
        ("free/edition", "free/item", "free/foot"),
    )


def alert(content: AlertContent, newsroom: Newsroom) -> Words:
    """An alert: label and headline, one paragraph, one link.

    ``link`` and ``button_slots`` are for the template that has a button in place of the third slot,
    ``picture`` for the one that has a picture above the same words besides: which one goes out is
    known when it is sent. On a button nothing is formatted, so the link is as it was written.
    """
    view = alert_of(content)
    url = _short_enough(_link(view.url)) or links.front(newsroom.base_url)
    head, summary = _alert_lines(view, content.language, newsroom)
    values = [*_sharing("alert", head, summary, taken=units(url)), url]
    button = templates.WITH_BUTTON["alert"]
    text = _render(
        "free/alert",
        content.language,
        label=view.label,
        headline=apart(fit(_bold(view.headline), 1000), content.language),
        summary=_line(fit(harmless(view.summary), 2000)),
        url=url,
    )
    picture = templates.WITH_PICTURE["alert"]
    files = "free/alert", button, f"buttons/{button}", picture, f"buttons/{picture}"
    words = _words("alert", content.language, values, text, files)
    more = {
        "link": view.url,
        "button_slots": _sharing(button, head, summary),
        "picture": sendable(view.photo),
    }
    return replace(words, fields=words.fields | more)


def _sharing(template: str, head: str, summary: str, taken: int = 0) -> list[str]:
    """Headline and paragraph, fit into what a template leaves them."""
    room = slots.BODY_LIMIT - slots.fixed_units(template) - taken
    of_head, of_summary = share([units(head), units(summary)], room)
    return [fit(head, of_head), fit(summary, of_summary)]


def confirmation(content: ConfirmContent, newsroom: Newsroom) -> Words:
    """The question whether a number wants what it was entered for."""
    name = fit(harmless(one_line(newsroom.name)), TITLE_LIMIT)
    asked = dict.fromkeys(want for each in (content, *content.further) for want in each.wants)
    each = (apart(harmless(one_line(want)), content.language) for want in asked)
    wants = ", ".join(each) or name
    wants = fit(wants, 600)
    text = _render(
        "free/confirm", content.language, newsroom=name, wants=_line(wants), confirm=CONFIRM
    )
    return _words("confirm", content.language, [name, wants, CONFIRM], text, ("free/confirm",))


def service(content: ServiceContent, newsroom: Newsroom) -> Words:
    """A link that its reader asked for: to their own page, or to what is stored on them."""
    name = fit(harmless(one_line(newsroom.name)), TITLE_LIMIT)
    what, link = service_line(content, name), service_placeholder(content.kind)
    text = _render("free/service", content.language, newsroom=name, what=what, link=link)
    return _words("service", content.language, [name, what, link], text, ("free/service",))


def _words(
    template: str, language: str, values: list[str], text: str, free: tuple[str, ...]
) -> Words:
    files = (f"whatsapp/{template}.txt", *(f"whatsapp/{name}.txt" for name in free))
    return Words(
        channel=NAME,
        language=language,
        template=template,
        template_version=version(*files),
        fields={
            "template": template,
            # As Meta calls it; where it is not approved, the newsroom's own goes out instead.
            "language": slots.code(language),
            "slots": values,
            "text": text,
            "preview": slots.filled(template, values, language),
        },
    )


def _top_reads(dated: str, reads: tuple[ItemView, ...]) -> tuple[str, list[str]]:
    """The template for as many items as fit whole, and its slots.

    Links count whole; the headlines share what is left, a short one leaving room to the long.
    """
    for number in range(min(len(reads), MOST_SLOTS), 0, -1):
        name = f"top_reads_{number}"
        chosen = reads[:number]
        heads = [_headline(read) for read in chosen]
        tails = [_link(read.short_url) for read in chosen]
        used = slots.fixed_units(name) + units(dated) + sum(units(tail) + 1 for tail in tails)
        rooms = share([min(units(head), HEADLINE_LIMIT) for head in heads], slots.BODY_LIMIT - used)
        if number == 1 or min(rooms) >= min(LEAST_HEADLINE, *(units(head) for head in heads)):
            lines = [
                f"{fit(head, room)} {tail}"
                for head, room, tail in zip(heads, rooms, tails, strict=True)
            ]
            return name, [dated, *lines]
    raise ValueError("an edition without items has no WhatsApp message")


def _edition_text(reading: EditionView, newsroom: str, language: str) -> str:
    """The free text: whole items as long as they fit, then where the rest is and how to stop."""
    text = _render(
        "free/edition",
        language,
        newsroom=apart(fit(newsroom, TITLE_LIMIT), language),
        title=apart(fit(_bold(reading.title), TITLE_LIMIT), language),
        date=f"{reading.date}, {reading.time}",
        intro=_line(fit(harmless(reading.intro), 400)),
    )
    foot = _render("free/foot", language, web_url=_link(reading.web_url), preferences=PREFERENCES)
    room = slots.FREE_LIMIT - units(foot) - _LINK_ROOM - len("\n\n")
    for number, read in enumerate(reading.reads[:MOST_FREE], 1):
        item = _render(
            "free/item",
            language,
            number=number,
            headline=fit(_headline(read, language), HEADLINE_LIMIT),
            blurb=_line(fit(harmless(read.blurb), BLURB_LIMIT)),
            url=_link(read.short_url),
        )
        if units(text) + len("\n\n") + units(item) > room:
            break
        text = f"{text}\n\n{item}"
    return f"{text}\n\n{foot}"


def _headline(read: ItemView, language: str = "en") -> str:
    said = _bold(read.headline)
    if not read.is_update:
        return said
    return f"{translations(language).gettext('Update')}: {apart(said, language)}"


def _alert_lines(view: AlertView, language: str, newsroom: Newsroom) -> tuple[str, str]:
    summary = harmless(view.summary)
    if not summary and view.sources:
        say = translations(language).gettext
        summary = harmless(say("Source: %(names)s") % {"names": ", ".join(view.sources)})
    headline = apart(_bold(view.headline), language)
    return f"{view.label}: {headline}", summary or harmless(one_line(newsroom.name))


def _line(text: str) -> str:
    """``text`` at the start of a line, where a dash or an angle would begin a list or a quote."""
    return _LINE_MARK.sub("", text)


def _link(url: str) -> str:
    return url.translate(_ENCODED)


def _short_enough(url: str) -> str:
    return url if units(url) <= 400 else ""


def _render(name: str, language: str, **values: Any) -> str:
    template = environment(language).get_template(f"whatsapp/{name}.txt")
    return template.render(values).strip()
