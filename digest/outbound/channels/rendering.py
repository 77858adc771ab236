"""From content to words, on any channel. Pure: the same content gives the same words."""

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
    """The double opt-in's question in the words of ``channel``.

    Raises ValueError on a channel that asks no such question.
    """
    ask = registry.spec(channel).words.confirmation
    if ask is None:
        raise ValueError(f"The channel {channel} asks nobody to confirm.")
    return ask(content, newsroom)


def render_service(content: ServiceContent, channel: str, newsroom: Newsroom) -> Words:
    """A service message in the words of ``channel``. Raises ValueError where there are none."""
    say = registry.spec(channel).words.service
    if say is None:
        raise ValueError(f"The channel {channel} brings nobody a link of their own.")
    return say(content, newsroom)


def render_welcome(content: WelcomeContent, channel: str, newsroom: Newsroom) -> Words:
    """The welcome in the words of ``channel``. Raises ValueError where there is none."""
    greet = registry.spec(channel).words.welcome
    if greet is None:
        raise ValueError(f"The channel {channel} welcomes nobody.")
    return greet(content, newsroom)


def render_series(content: SeriesContent, channel: str, newsroom: Newsroom) -> Words:
    """A series' message in the words of ``channel``. Raises ValueError where there is none."""
    tell = registry.spec(channel).words.series
    if tell is None:
        raise ValueError(f"The channel {channel} carries no series.")
    return tell(content, newsroom)


def render_question(content: QuestionContent, channel: str, newsroom: Newsroom) -> Words:
    """Whether readers still want it, on ``channel``. Raises ValueError where nobody is asked."""
    ask = registry.spec(channel).words.question
    if ask is None:
        raise ValueError(f"The channel {channel} asks nobody whether they still want it.")
    return ask(content, newsroom)


def lint(words: Words, content: EditionContent | None = None) -> tuple[Remark, ...]:
    """Everything worth saying about a message, the grave first. Empty: nothing to say."""
    found = list(registry.spec(words.channel).lint(words))
    if content is not None:
        found += of_content(content)
    return tuple(sorted(found, key=lambda remark: not remark.grave))
