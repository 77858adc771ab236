"""What a channel declares of itself: one pure value, from which everybody gets the channel's parts.

Audience, desk, pages, hooks, settings, doctor and demo know no channel by name; they ask the
registry for its spec. Parts that cost something to load (a transport, webhooks, the doctor's check,
the stand-in) are named by dotted path, ``package.module:name``, and loaded when somebody asks.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from digest.audience.kinds import AddressKind
from digest.kit.env import DeclaredSetting
from digest.kit.errors import SetupError
from digest.newsdesk.alerts.core.content import AlertContent
from digest.newsdesk.editions.core.content import EditionContent
from digest.outbound.channels.apps import AppRegistration
from digest.outbound.channels.base import ChannelError
from digest.outbound.channels.by_hand import ByHand
from digest.outbound.channels.preview import ChannelPreview
from digest.outbound.messages.lint import Remark
from digest.outbound.messages.message import Words
from digest.outbound.messages.newsroom import (
    ConfirmContent,
    Newsroom,
    QuestionContent,
    SeriesContent,
    ServiceContent,
    WelcomeContent,
)

# As long as the narrowest column that holds it, that of stored events.
NAME = re.compile(r"[a-z][a-z0-9_]{0,19}")
_PATH = re.compile(r"[\w.]+:\w+")


class BadSpec(SetupError, ValueError):
    """A spec that cannot be used; the text says what to change in it."""


@dataclass(frozen=True, slots=True)
class WordsMaker:
    """How content becomes the channel's words: the same content, the same words.

    ``edition`` raises ValueError for an edition that the channel cannot carry. ``confirmation``
    is None where the channel's own act is the consent; ``service`` where nobody can be sent the
    link to their own page; ``welcome`` where the channel has greeted its reader already, or may
    not; ``series`` and ``question`` where it carries none.
    """

    edition: Callable[[EditionContent, Newsroom], Words]
    alert: Callable[[AlertContent, Newsroom], Words]
    confirmation: Callable[[ConfirmContent, Newsroom], Words] | None = None
    service: Callable[[ServiceContent, Newsroom], Words] | None = None
    welcome: Callable[[WelcomeContent, Newsroom], Words] | None = None
    series: Callable[[SeriesContent, Newsroom], Words] | None = None
    question: Callable[[QuestionContent, Newsroom], Words] | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """What the sign-up form answers: where the reader should look for the confirmation."""

    heading: str
    words: str
    missing: str
    """What to do when it does not arrive."""


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """All that is peculiar to one channel.

    ``name`` is stored with every row of it; ``label`` stands alone, ``by`` in a sentence (``84
    readers by email``). ``transport`` makes a :class:`~.base.Channel` from a
    :class:`~digest.kit.env.Config`; ``doctor`` gives findings (see :mod:`~.examined`);
    ``check_settings`` gives those that can be had without asking anybody, from the config alone: in
    production nothing starts on an error among them;
    ``stand_in`` what the demo runs in its place (see :mod:`~.stand_in`); ``webhooks`` is a tuple of
    :class:`~.hook.Webhook`. ``errors`` is the root of what its transport raises.

    ``preview_by_settings`` is asked in place of ``preview`` where settings decide, too, what a
    reader sees; its second argument is the channel's :class:`~digest.kit.env.Config`.

    ``serves_readers``: it stands on the sign-up form. ``joins_at``: there is no address to type,
    since the channel's own act is the consent; this is where readers do it, a link beside the form,
    with names of settings in braces, and no link while one of them is empty. ``serves_places``: an
    address may be a place of the newsroom's own, which nobody has to confirm. ``replaces``: a
    correction takes the place of the message it corrects; ``withdraws``: a withdrawal removes it.
    Both come to the transport as a copy's ``act`` with the provider's id in ``earlier``.

    ``reports_each_copy``: the provider's webhooks say of each copy whether it was taken, so one
    whose answer was lost waits for that and is repeated only when it says no; without a word it is
    recorded as unknown.

    ``apps``: the newsroom's own apps register their devices for it, at ``/api/v1/push-tokens``.

    ``by_hand``: a place beside it that has no API, for which posts are made ready to be copied.

    ``templates``: its provider approves words before they go out; a
    :class:`~.provider_templates.ProviderTemplates`.

    ``costs``: what it costs to send by it; a :class:`~.costs.ChannelCosts`.

    ``own_word`` names that of the ``webhooks`` as whose events the transport's own refusals of an
    address are stored; empty: they are not.

    ``address_policy``: the settings that say, by a doubt's kind, whether such an address is
    accepted, asked about or refused; what stands in none is asked about. ``at_once`` names the
    setting that says how many copies a run may have under way; ``warms_up``: ``DIGEST_WARM_UP``
    counts for it; ``held_by_site``: its addresses end in ``@domain``, and a jump of hard bounces
    at one receiving site is held for an editor.
    """

    name: str
    label: str
    by: str
    address: AddressKind
    words: WordsMaker
    lint: Callable[[Words], Sequence[Remark]]
    preview: Callable[[Words], ChannelPreview]
    transport: str
    sent: Sent
    preview_by_settings: Callable[[Words, Any], ChannelPreview] | None = None
    errors: type[ChannelError] = ChannelError
    settings: tuple[DeclaredSetting, ...] = ()
    webhooks: str = ""
    doctor: str = ""
    check_settings: str = ""
    stand_in: str = ""
    joins_at: str = ""
    serves_readers: bool = True
    serves_places: bool = False
    replaces: bool = False
    withdraws: bool = False
    apps: AppRegistration | None = None
    by_hand: ByHand | None = None
    templates: str = ""
    costs: str = ""
    own_word: str = ""
    reports_each_copy: bool = False
    at_once: str = ""
    address_policy: tuple[tuple[str, str], ...] = ()
    warms_up: bool = False
    held_by_site: bool = False

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise BadSpec(
                f"A channel cannot be called {self.name!r}: begin with a letter, then letters,"
                " digits and _, twenty in all."
            )
        parts = (
            *(self.transport, self.webhooks, self.doctor, self.check_settings, self.stand_in),
            *(self.templates, self.costs),
        )
        for part in parts:
            if part and not _PATH.fullmatch(part):
                raise BadSpec(f"{self.name}: {part!r} is no path; write package.module:name.")
        foreign = [each.name for each in self.settings if not each.name.startswith("DIGEST_")]
        if foreign:
            raise BadSpec(f"{self.name}: the setting {foreign[0]} must begin with DIGEST_.")
