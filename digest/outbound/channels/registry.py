"""Which channels there are: our own by a table, others by the entry points of packages.

Nothing is loaded on import. A package declares ``[project.entry-points."digest.channels"]`` with
the channel's name and the path of its :class:`~.spec.ChannelSpec`; it is loaded at first ask, and
only when ``DIGEST_CHANNELS`` names it: installing a package alone switches nothing on.
"""

from collections.abc import Iterable
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import structlog

from digest.audience.kinds import AddressKind
from digest.audience.kinds import masked as masked_anyhow
from digest.kit import env
from digest.kit.errors import SetupError
from digest.outbound.channels.base import Channel
from digest.outbound.channels.spec import NAME, ChannelSpec

if TYPE_CHECKING:
    from digest.outbound.channels.hook import Webhook

log = structlog.get_logger()

GROUP = "digest.channels"
BUILT_IN = {
    "email": "digest.outbound.channels.email.spec:SPEC",
    "whatsapp": "digest.outbound.channels.whatsapp.spec:SPEC",
    "apns": "digest.outbound.channels.apns.spec:SPEC",
    "fcm": "digest.outbound.channels.fcm.spec:SPEC",
    "telegram": "digest.outbound.channels.telegram.spec:SPEC",
    "webpush": "digest.outbound.channels.webpush.spec:SPEC",
    "slack": "digest.outbound.channels.slack.spec:SPEC",
    "mastodon": "digest.outbound.channels.mastodon.spec:SPEC",
    "discord": "digest.outbound.channels.discord.spec:SPEC",
    "bluesky": "digest.outbound.channels.bluesky.spec:SPEC",
    "matrix": "digest.outbound.channels.matrix.spec:SPEC",
    "teams": "digest.outbound.channels.teams.spec:SPEC",
}
# Unless the channel's own setting says more.
AT_ONCE = 10


class UnknownChannel(SetupError, KeyError):
    """There is no such channel; the text names those there are."""

    def __str__(self) -> str:
        return str(self.args[0])


class BrokenChannel(SetupError, ImportError):
    """A package's channel cannot be loaded; the text says why."""


def names() -> tuple[str, ...]:
    """Our own channels, then those of packages that ``DIGEST_CHANNELS`` names."""
    return (*BUILT_IN, *_outside())


@cache
def spec(name: str) -> ChannelSpec:
    """The channel of that name. Raises :class:`UnknownChannel` and :class:`BrokenChannel`."""
    path = BUILT_IN.get(name) or _outside().get(name)
    if path is None:
        raise UnknownChannel(f"There is no channel {name!r}; there are {', '.join(names())}.")
    try:
        found = part(path)
    except Exception as error:
        raise BrokenChannel(f"The channel {name} cannot be loaded: {error}") from error
    if not isinstance(found, ChannelSpec) or found.name != name:
        raise BrokenChannel(f"{path} is no ChannelSpec with the name {name!r}.")
    return found


def usable(wanted: Iterable[str]) -> tuple[ChannelSpec, ...]:
    """Those of ``wanted`` that can be loaded, in their order; the others are logged.

    A mistake in a package must not take the sign-up form away from everybody.
    """
    found = []
    for name in wanted:
        try:
            found.append(spec(name))
        except (UnknownChannel, BrokenChannel) as error:
            log.error("a channel cannot be used", channel=name, reason=str(error))
    return tuple(found)


def by(name: str) -> str:
    """The channel's name within a sentence; the bare name of one that is gone."""
    try:
        return spec(name).by
    except (UnknownChannel, BrokenChannel):
        return name


def masked(name: str, value: str) -> str:
    """An address as a page shows it that somebody else may see."""
    try:
        return spec(name).address.mask(value)
    except (UnknownChannel, BrokenChannel):
        return masked_anyhow(value)


def address_kinds() -> dict[str, AddressKind]:
    """How addresses are written, by channel: those that can be loaded."""
    return {each.name: each.address for each in usable(names())}


def config(name: str, settings: Any) -> env.Config:
    """``settings`` with what the channel declared for itself."""
    return env.Config(settings, spec(name).settings)


def channel(name: str, settings: Any) -> Channel:
    """The channel's transport, made from the installation's settings.

    Raises what :func:`spec` raises, and ValueError for settings that make no sense.
    """
    made: Channel = part(spec(name).transport)(config(name, settings))
    return made


def at_once(name: str, settings: Any) -> int:
    """How many copies one run may have under way, unless it was told."""
    setting = spec(name).at_once
    return int(getattr(config(name, settings), setting)) if setting else AT_ONCE


@cache
def webhooks(name: str) -> "tuple[Webhook, ...]":
    """The channel's webhooks. Raises what :func:`spec` raises."""
    path = spec(name).webhooks
    if not path:
        return ()
    try:
        found: tuple[Webhook, ...] = tuple(part(path))
        odd = [each.provider for each in found if not NAME.fullmatch(each.provider)]
    except Exception as error:
        raise BrokenChannel(f"The webhooks of {name} cannot be loaded: {error}") from error
    if odd:
        raise BrokenChannel(f"{name}: a webhook cannot be called {odd[0]!r}.")
    if (own := spec(name).own_word) and own not in {each.provider for each in found}:
        raise BrokenChannel(f"{name}: no webhook is called {own!r}, as its own_word says.")
    return found


def webhook(name: str, provider: str = "") -> "Webhook | None":
    """That of ``/hooks/<channel>/<provider>``; of ``/hooks/<channel>`` without a provider."""
    wanted = provider or name
    return next((each for each in webhooks(name) if each.provider == wanted), None)


def hook_of(provider: str) -> "tuple[ChannelSpec, Webhook] | None":
    """The channel and webhook that store events as ``provider``."""
    for each in usable(names()):
        try:
            found = webhook(each.name, provider)
        except BrokenChannel as error:
            log.error("a channel's webhooks cannot be used", channel=each.name, reason=str(error))
            continue
        if found is not None:
            return each, found
    return None


def part(path: str) -> Any:
    """What stands at ``package.module:name``. Raises ImportError and AttributeError."""
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


def forget() -> None:
    """Look for channels anew at the next ask: packages or ``DIGEST_CHANNELS`` have changed."""
    spec.cache_clear()
    webhooks.cache_clear()
    _outside.cache_clear()


@cache
def _outside() -> dict[str, str]:
    allowed = set(env.words("DIGEST_CHANNELS")) - set(BUILT_IN)
    if not allowed:
        return {}
    # Loaded by those who have channels from outside: it costs every sender 20 ms.
    from importlib.metadata import entry_points

    return {each.name: each.value for each in entry_points(group=GROUP) if each.name in allowed}
