"""Words that a channel's provider has to approve before they go out: ours, and how they stand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from digest.outbound.channels.base import ChannelError

Facts = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class TemplateButton:
    """A link below a template's words: its label, its address with the provider's mark for what is
    sent with each message, and an example of that.
    """

    label: str
    address: str
    example: str


@dataclass(frozen=True, slots=True)
class OwnTemplate:
    """A template of ours in one language. ``tongue`` is the language's own name, ``samples`` what
    its slots may hold, one for each, ``picture`` a sample of what stands above its words.
    """

    name: str
    language: str
    tongue: str
    category: str
    body: str
    samples: tuple[str, ...]
    button: TemplateButton | None = None
    picture: Path | None = None

    @property
    def key(self) -> str:
        """``name:language``, by which facts and forms name it."""
        return f"{self.name}:{self.language}"


@dataclass(frozen=True, slots=True)
class FoundTemplate:
    """A template as the provider lists it; empty where it says nothing.

    ``button`` is the address of its button: empty without one, None where that was not told.
    """

    name: str
    language: str
    provider_id: str = ""
    status: str = ""
    category: str = ""
    reason: str = ""
    quality: str = ""
    button: str | None = None


@dataclass(frozen=True, slots=True)
class TemplateLine:
    """How one of ours stands, in words.

    ``state`` is one word of it, ``reason`` why the provider refuses it, ``remedy`` what to do.
    ``is_usable``: it goes out to those who read its language; ``is_wrong``: somebody should do
    something; ``may_submit``: it can be handed in (again).
    """

    own: OwnTemplate
    state: str
    category: str = ""
    quality: str = ""
    reason: str = ""
    remedy: str = ""
    used_at: datetime | None = None
    is_usable: bool = False
    is_wrong: bool = False
    may_submit: bool = False


class TemplatesRefused(ChannelError):
    """The provider would not list a template or take it; the text says why, in its words."""


class ProviderTemplates(Protocol):
    """What a channel whose words are approved brings."""

    def ours(self, config: Any) -> tuple[OwnTemplate, ...]:
        """Every template that we use by these settings, in every language."""

    def missing(self, config: Any) -> str:
        """The setting without which nobody can be asked; empty when there is all."""

    async def found(self, config: Any) -> tuple[FoundTemplate, ...]:
        """All that the provider has. Raises :class:`TemplatesRefused` and Unreachable."""

    async def submit(self, config: Any, own: OwnTemplate, provider_id: str) -> FoundTemplate:
        """Hand one in; again, where the provider has it already as ``provider_id``."""

    def facts(self, found: Iterable[FoundTemplate]) -> dict[str, dict[str, Any]]:
        """What is found, as facts of the channel, under the names that its webhooks use."""

    def goes_as(
        self, facts: Facts, name: str, language: str, link: str, picture: str, config: Any
    ) -> str:
        """The key of the template in which words for ``name`` go out to who reads ``language``;
        ``link`` is the one they are about, ``picture`` what stands above them, if there is one.
        """

    def lines(
        self, facts: Facts, told_at: Mapping[str, datetime], config: Any, *, now: datetime
    ) -> tuple[TemplateLine, ...]:
        """How each of ours stands."""
