"""From content to words, on any channel. Pure: the same content gives the same words."""

from collections.abc import Callable
from typing import Any, TypeVar

from digest.kit.errors import InvalidInput
from digest.newsdesk.alerts.core.content import AlertContent
from digest.newsdesk.editions.core.content import EditionContent
from digest.outbound.channels import registry
from digest.outbound.messages.lint import Remark, of_content
from digest.outbound.messages.message import Words
from digest.outbound.messages.newsroom import (
    ConfirmContent,
    Newsroom,
    QuestionContent,
    SeriesContent,
    ServiceContent,
    WelcomeContent,
)

_Maker = TypeVar("_Maker", bound=Callable[..., Any])


class NoWords(InvalidInput, ValueError):
    """A channel carries nothing of that kind; the text names both."""


def render_edition(content: EditionContent, channel: str, newsroom: Newsroom) -> Words:
    """A newsletter's edition or a personal digest in the words of ``channel``.

    Raises :class:`~.registry.UnknownChannel`, and ValueError for an edition without items on a
    channel that cannot carry an empty one.
    """
    return registry.spec(channel).words.edition(content, newsroom)


def render_alert(content: AlertContent, channel: str, newsroom: Newsroom) -> Words:
    """An alert, its correction or its withdrawal in the words of ``channel``."""
    return registry.spec(channel).words.alert(content, newsroom)


def render_confirmation(content: ConfirmContent, channel: str, newsroom: Newsroom) -> Words:
    """The double opt-in's question. Raises :class:`NoWords`, as all below do."""
    return _said(channel, "confirmation", registry.spec(channel).words.confirmation)(
        content, newsroom
    )


def render_service(content: ServiceContent, channel: str, newsroom: Newsroom) -> Words:
    """A link of the reader's own that was asked for."""
    return _said(channel, "service", registry.spec(channel).words.service)(content, newsroom)


def render_welcome(content: WelcomeContent, channel: str, newsroom: Newsroom) -> Words:
    """The welcome."""
    return _said(channel, "welcome", registry.spec(channel).words.welcome)(content, newsroom)


def render_series(content: SeriesContent, channel: str, newsroom: Newsroom) -> Words:
    """A series' message."""
    return _said(channel, "series", registry.spec(channel).words.series)(content, newsroom)


def render_question(content: QuestionContent, channel: str, newsroom: Newsroom) -> Words:
    """Whether readers still want it."""
    return _said(channel, "question", registry.spec(channel).words.question)(content, newsroom)


def _said(channel: str, kind: str, maker: _Maker | None) -> _Maker:
    if maker is None:
        raise NoWords(f"{registry.spec(channel).label} has no words of this kind: {kind}.")
    return maker


def lint(words: Words, content: EditionContent | None = None) -> tuple[Remark, ...]:
    """Everything worth saying about a message, the grave first. Empty: nothing to say."""
    found = list(registry.spec(words.channel).lint(words))
    if content is not None:
        found += of_content(content)
    return tuple(sorted(found, key=lambda remark: not remark.grave))
