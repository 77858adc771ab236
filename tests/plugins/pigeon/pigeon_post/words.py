"""What a pigeon carries: a slip of paper."""

from pathlib import Path
from typing import Any

from digest.kit.text import one_line
from digest.newsdesk.alerts.core.content import AlertContent
from digest.newsdesk.editions.core.content import EditionContent
from digest.outbound.channels.preview import ChannelPreview
from digest.outbound.messages.alert import alert_of
from digest.outbound.messages.environment import environment, version
from digest.outbound.messages.lint import Remark, grave, minor
from digest.outbound.messages.message import CONFIRM, UNSUBSCRIBE, Words
from digest.outbound.messages.newsroom import ConfirmContent, Newsroom
from digest.outbound.messages.reading import reading_of

TEMPLATES = Path(__file__).parent / "templates"
SLIP = 2000
SHORT = 40


def edition(content: EditionContent, newsroom: Newsroom) -> Words:
    """An edition or a personal digest."""
    return _slip("edition", content.language, reading=reading_of(content, "pigeon", newsroom))


def alert(content: AlertContent, newsroom: Newsroom) -> Words:
    """An alert, its correction or its withdrawal."""
    return _slip("alert", content.language, alert=alert_of(content))


def confirmation(content: ConfirmContent, newsroom: Newsroom) -> Words:
    """The question whether the ring's keeper wants this."""
    wants = ", ".join(one_line(each) for each in content.wants)
    return _slip("confirm", content.language, wants=wants, newsroom=one_line(newsroom.name))


def _slip(name: str, language: str, **given: Any) -> Words:
    file = f"pigeon/{name}.txt"
    template = environment(language, TEMPLATES).get_template(file)
    said = template.render(**given, confirm=CONFIRM, unsubscribe=UNSUBSCRIBE).strip()
    return Words("pigeon", language, name, version(file, folder=TEMPLATES), {"slip": said})


def lint(words: Words) -> list[Remark]:
    """A pigeon is no horse."""
    said = words.fields["slip"]
    if len(said) > SLIP:
        return [grave(f"The slip has {len(said)} letters; a pigeon carries {SLIP}.")]
    return [minor("The slip is nearly empty.")] if len(said) < SHORT else []


def preview(words: Words) -> ChannelPreview:
    """The slip, unrolled."""
    said = words.fields["slip"]
    return ChannelPreview(
        pieces=(("plain", said),), length=len(said), limit=SLIP, note="one pigeon"
    )
