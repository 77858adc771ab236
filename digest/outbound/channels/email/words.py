"""Words for email: subject, preheader, text part and HTML, with the readers' links still open."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import mrml
from babel.dates import format_skeleton
from jinja2 import Environment

from digest.kit.errors import SetupError
from digest.kit.text import one_line
from digest.newsdesk.alerts.core.content import AlertContent
from digest.newsdesk.editions.core.content import EditionContent
from digest.outbound.channels.email.shared import Cells, Texts, made_anew
from digest.outbound.messages import links
from digest.outbound.messages.alert import alert_of
from digest.outbound.messages.counted import counted_link, counted_reading
from digest.outbound.messages.environment import environment, locale_of, version
from digest.outbound.messages.fit import fit
from digest.outbound.messages.message import CONFIRM, COUNTED, PREFERENCES, UNSUBSCRIBE, Words
from digest.outbound.messages.newsroom import (
    ConfirmContent,
    MemberLetterContent,
    Newsroom,
    QuestionContent,
    SeriesContent,
    ServiceContent,
    WelcomeContent,
)
from digest.outbound.messages.reading import EditionView, reading_of
from digest.outbound.messages.service import service_placeholder
from digest.outbound.messages.theme import theme_of
from digest.outbound.messages.welcome import welcome_of

NAME = "email"
SUBJECT_LIMIT = 150
PREHEADER_LIMIT = 140
_SLUG = re.compile(r"[^a-z0-9]+")
# Long lines break some relays that decode and encode again; rows are a safe place to break.
_ROW_END, _BROKEN = "</tr><", "</tr>\n<"
# MJML lays out with tables and says so of most: a screen reader must hear it of every one.
_ODD_TAG = re.compile(r"<[a-zA-Z][\x00-;=?-\[\]-\x7f]*(?:[^\x00-\x7f]|\\)[^<>]*>")
_UNPLAIN = re.compile(r"[^\x00-\x7f]|\\")
_BARE_TABLE = re.compile(r"<table(?![^>]*\brole=)", re.I)
# MJML writes it, and HTML has no such size; the style beside it says the same.
_NO_SIZE = re.compile(r'(<(?:img|table)\b[^>]*?) (?:width|height)="auto"')


class TemplateBroken(SetupError, ValueError):
    """A mail template gave MJML that does not compile. The remedy is in the template's text."""


def edition(content: EditionContent, newsroom: Newsroom, *, plain: bool = False) -> Words:
    """A newsletter's edition or a personal digest as a mail.

    Items that other mails carry too were worded before; ``plain`` words all anew, to the same end.
    """
    if content.theme:
        newsroom = replace(newsroom, theme=theme_of(content.theme))
    reading = reading_of(content, NAME, newsroom)
    # In the HTML alone: a long address is nothing to read.
    key = newsroom.count_key
    shown = {"reading": counted_reading(reading, key)} if key else {}
    name = "personal" if content.kind == "personal" else "newsletter"
    slug = _slug(content.newsletter_slug) or ("your-topics" if name == "personal" else "edition")
    return _words(
        name,
        content.language,
        newsroom,
        {"reading": reading},
        preheader=_preheader(reading),
        list_id=f"{slug}.{newsroom.list_domain}",
        list_name=reading.title,
        sender={"sender_name": one_line(content.sender_name), "reply_to": content.reply_to},
        plain=plain,
        shown=shown,
    )


def alert(content: AlertContent, newsroom: Newsroom) -> Words:
    """An alert, its correction or its withdrawal as a mail."""
    view = alert_of(content)
    key, code = newsroom.count_key, links.code_of(view.url, newsroom.base_url)
    url = counted_link(key, code, view.url) if key else view.url
    return _words(
        "alert",
        content.language,
        newsroom,
        {"alert": view, "label": view.label},
        preheader=fit(view.summary or view.headline, PREHEADER_LIMIT),
        list_id=f"alerts.{newsroom.list_domain}",
        list_name=one_line(newsroom.name),
        shown={"alert": replace(view, url=url)} if key else {},
    )


def confirmation(content: ConfirmContent, newsroom: Newsroom) -> Words:
    """The question whether an address wants what it was entered for. Belongs to no list."""
    asked: list[dict[str, Any]] = [
        {
            "wants": tuple(one_line(name) for name in each.wants),
            "when": one_line(each.when),
            "link": f"{CONFIRM}/{each.number}" if each.number else CONFIRM,
        }
        for each in (content, *content.further)
    ]
    wants = dict.fromkeys(name for each in asked for name in each["wants"])
    return _words(
        "confirm",
        content.language,
        newsroom,
        {"asked": asked},
        preheader=fit(", ".join(wants), PREHEADER_LIMIT),
    )


def service(content: ServiceContent, newsroom: Newsroom) -> Words:
    """A link that its reader asked for: to their own page, or to what is stored on them."""
    return _words(
        "service",
        content.language,
        newsroom,
        {
            "kind": content.kind.value,
            "link": service_placeholder(content.kind),
            "about": content.about,
        },
        preheader=one_line(newsroom.name),
    )


def welcome(content: WelcomeContent, newsroom: Newsroom) -> Words:
    """What was just confirmed, with the latest of it: a list of its own, left by one click."""
    view = welcome_of(content, NAME, newsroom)
    headlines = "; ".join(read.headline for part in view.parts for read in part.reads[:2])
    return _words(
        "welcome",
        content.language,
        newsroom,
        {"welcome": view},
        preheader=fit(headlines or ", ".join(part.name for part in view.parts), PREHEADER_LIMIT),
        list_id=f"welcome.{newsroom.list_domain}",
        list_name=one_line(newsroom.name),
    )


def series(content: SeriesContent, newsroom: Newsroom) -> Words:
    """One message of a series: the newsroom's words as typed, a paragraph after an empty line."""
    paragraphs = [one_line(each) for each in re.split(r"\n\s*\n", content.body)]
    told: dict[str, Any] = {
        "head": one_line(content.subject),
        "about": one_line(content.about),
        "paragraphs": [each for each in paragraphs if each],
        "link": links.web_link(content.link_url),
        "link_words": one_line(content.link_words),
    }
    return _words(
        "series",
        content.language,
        newsroom,
        told,
        preheader=fit(" ".join(told["paragraphs"]), PREHEADER_LIMIT),
        list_id=f"{_slug(content.slug) or 'series'}.series.{newsroom.list_domain}",
        list_name=told["about"],
    )


def question(content: QuestionContent, newsroom: Newsroom) -> Words:
    """Whether its reader still wants what they get. The confirm link is that of its one button."""
    date = format_skeleton("yMMMMd", content.until, locale=locale_of(content.language))
    return _words(
        "ask",
        content.language,
        newsroom,
        {"date": str(date), "ends": content.ends},
        preheader=one_line(newsroom.name),
        list_id=f"question.{newsroom.list_domain}",
        list_name=one_line(newsroom.name),
    )


def member_letter(content: MemberLetterContent, newsroom: Newsroom) -> Words:
    """A link to choose a password, for somebody of the newsroom. The desk speaks English."""
    return _words(
        "member",
        "en",
        newsroom,
        {
            "kind": content.kind,
            "by": one_line(content.by),
            "role": content.role,
            "link": content.link,
            "days": content.days,
        },
        preheader=one_line(newsroom.name),
    )


def _words(
    name: str,
    language: str,
    newsroom: Newsroom,
    given: dict[str, Any],
    *,
    preheader: str,
    list_id: str = "",
    list_name: str = "",
    sender: dict[str, str] | None = None,
    plain: bool = False,
    shown: Mapping[str, Any] | None = None,
) -> Words:
    rtl = locale_of(language).text_direction == "rtl"
    files = {part: f"email/{name}/{part}" for part in ("subject.txt", "body.txt", "body.mjml")}
    templates = environment(language)
    context = given | {
        "newsroom": newsroom,
        "theme": newsroom.theme,
        "language": language,
        "direction": "rtl" if rtl else "ltr",
        "start": "right" if rtl else "left",
        "end": "left" if rtl else "right",
        "preheader": preheader,
        "unsubscribe": UNSUBSCRIBE,
        "preferences": PREFERENCES,
        "confirm": CONFIRM,
    }
    said = templates.get_template(files["subject.txt"]).render(context)
    subject = fit(one_line(said), SUBJECT_LIMIT)
    # As a headline it keeps the marks of order, which no header and no title has; if it is whole.
    head = " ".join(said.split()) if subject == one_line(said) else subject
    context |= {"subject": head, "title": subject}
    text, html = _bodies(templates, files, context, shown or {}, plain=plain)
    return Words(
        channel=NAME,
        language=language,
        template=name,
        template_version=version(*files.values()),
        fields={
            "subject": subject,
            "preheader": preheader,
            "text": _paragraphs(text),
            "html": html,
            "list_id": list_id,
            "list_name": list_name,
            "archive_url": links.archive(newsroom.base_url) if list_id else "",
            "help_url": links.front(newsroom.base_url) if list_id else "",
            **({"counted": True} if COUNTED in html else {}),
            # Only what is the newsletter's own: else the installation's stand.
            **{name: value for name, value in (sender or {}).items() if value},
        },
    )


def _bodies(
    templates: Environment,
    files: Mapping[str, str],
    context: dict[str, Any],
    shown: Mapping[str, Any],
    *,
    plain: bool,
) -> tuple[str, str]:
    """The text part and the HTML, with what is ``shown`` there alone; what many mails carry is
    made once unless ``plain``.
    """
    as_text = templates.get_template(files["body.txt"])
    as_html = templates.get_template(files["body.mjml"])
    if plain:
        context["shared"] = made_anew
        return as_text.render(context), compile_mjml(as_html.render({**context, **shown}))
    texts, cells = Texts(files["body.txt"], context["language"]), Cells(compile_mjml)
    text = as_text.render(context | {"shared": texts.piece})
    html = compile_mjml(as_html.render({**context, **shown, "shared": cells.mark}))
    return text, cells.into(html)


def compile_mjml(source: str) -> str:
    """``source`` as HTML that every client lays out. Raises :class:`TemplateBroken`."""
    try:
        # No fonts: MJML would link them from a third party, who would then see every opening.
        html = mrml.to_html(
            _plain_tags(source), render_options=mrml.RenderOptions(fonts={})
        ).content
    except OSError as broken:
        raise TemplateBroken(f"the mail's MJML does not compile: {broken}") from broken
    html = _NO_SIZE.sub(r"\1", html.replace(_ROW_END, _BROKEN))
    return _BARE_TABLE.sub('<table role="presentation"', html)


def _plain_tags(source: str) -> str:
    """``source`` with references for what is no plain ASCII in its tags.

    mrml writes attributes as Rust writes a string to be debugged: the vowel signs of Tamil and
    Arabic would come out as ``\\u{bcd}``.
    """
    return _ODD_TAG.sub(lambda tag: _UNPLAIN.sub(lambda each: f"&#{ord(each[0])};", tag[0]), source)


def _preheader(reading: EditionView) -> str:
    """What a mailbox shows after the subject: the introduction, or what else is inside."""
    others = "; ".join(read.headline for read in reading.reads[1:4])
    blurb = reading.lead.blurb if reading.lead else ""
    return fit(reading.intro or others or blurb, PREHEADER_LIMIT)


def _paragraphs(text: str) -> str:
    """``text`` without the gaps that unused template lines leave."""
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _slug(name: str) -> str:
    return _SLUG.sub("-", name.lower()).strip("-")
