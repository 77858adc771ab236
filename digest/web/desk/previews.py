"""What readers would see: the very words that would be sent, on each channel."""

from collections.abc import Callable
from dataclasses import dataclass

from digest.newsdesk.alerts.core.content import AlertContent
from digest.newsdesk.editions.core.content import EditionContent
from digest.outbound.delivery.planning.wording import newsroom
from digest.outbound.messages.fit import units
from digest.outbound.messages.message import Words
from digest.outbound.messages.render import render_alert, render_edition
from digest.outbound.messages.slots import BODY_LIMIT
from digest.web.desk.shown.bubble import spoken


@dataclass(frozen=True, slots=True)
class MailPreview:
    """A mail before it goes; ``size`` in bytes of HTML."""

    subject: str
    preheader: str
    html: str
    text: str
    size: int


@dataclass(frozen=True, slots=True)
class WhatsAppPreview:
    """A WhatsApp message before it goes: the template filled, in pieces, measured as Meta does."""

    pieces: tuple[tuple[str, str], ...]
    length: int
    limit: int
    template: str


@dataclass(frozen=True, slots=True)
class Previews:
    """Both, with the words they were made from; or none, and the reason."""

    mail: MailPreview | None = None
    bubble: WhatsAppPreview | None = None
    words: tuple[Words, ...] = ()
    problem: str = ""


def of_edition(content: EditionContent) -> Previews:
    """The previews of an edition; one without items has none, with the reason."""
    if not content.items:
        return Previews(problem="An edition without items has no message.")
    return _previews(lambda channel: render_edition(content, channel, newsroom()))


def of_alert(content: AlertContent) -> Previews:
    """The previews of an alert."""
    return _previews(lambda channel: render_alert(content, channel, newsroom()))


def _previews(render: Callable[[str], Words]) -> Previews:
    try:
        mail, chat = render("email"), render("whatsapp")
    except ValueError as error:
        return Previews(problem=f"It cannot be rendered: {error}")
    return Previews(_letter(mail), _bubble(chat), (mail, chat))


def _letter(words: Words) -> MailPreview:
    fields = words.fields
    return MailPreview(
        subject=fields["subject"],
        preheader=fields["preheader"],
        html=fields["html"],
        text=fields["text"],
        size=len(fields["html"].encode()),
    )


def _bubble(words: Words) -> WhatsAppPreview:
    preview = words.fields["preview"]
    return WhatsAppPreview(spoken(preview), units(preview), BODY_LIMIT, words.template)
