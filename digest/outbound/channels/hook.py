"""What a channel declares of its webhooks: who is believed, what was told, what it means (pure).

The web verifies and stores, and answers 200; what an event means is worked out afterwards, in a
worker, by the same declaration.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from digest.audience.kinds import OnOffer
from digest.kit.errors import ExchangeFailed
from digest.outbound.channels.report import Event, Kind, Report, text


@dataclass(frozen=True, slots=True)
class HookRequest:
    """A request as it came: ``headers`` by their names in lower case, ``body`` as bytes."""

    method: str
    body: bytes
    headers: Mapping[str, str]
    query: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class HookAnswer:
    """An answer other than "received": plain text unless it says otherwise."""

    status: int
    text: str
    content_type: str = "text/plain; charset=utf-8"


def _nothing_on_offer() -> tuple[OnOffer, ...]:
    return ()


def _nobody_follows(value: str) -> frozenset[str]:
    return frozenset()


class CannotCheck(ExchangeFailed):
    """What is needed to believe a request cannot be had just now: let the provider ask again."""


@dataclass(frozen=True, slots=True)
class HookTools:
    """What is lent to a declaration: its settings, the times, and a safe way to the network.

    ``received_at`` is when the event came in, which may lie before ``now``.

    ``on_offer`` gives what readers may follow on the channel, ``follows`` the keys of what an
    address of it follows now. ``fetch`` gives the body behind an https address without following it
    elsewhere (empty when it led elsewhere) and raises :class:`CannotCheck`.
    """

    config: Any
    now: datetime
    received_at: datetime
    fetch: Callable[[str], bytes]
    on_offer: Callable[[], tuple[OnOffer, ...]] = _nothing_on_offer
    follows: Callable[[str], frozenset[str]] = _nobody_follows


def _nothing(document: Any, tools: HookTools) -> HookAnswer | None:
    return None


@dataclass(frozen=True, slots=True)
class Webhook:
    """One provider's reports.

    ``provider`` names where its events are stored and the last part of its address,
    ``/hooks/<channel>/<provider>``; one called like the channel is at ``/hooks/<channel>``.
    ``verified`` must say no while no secret is set: an open door would let anybody end
    subscriptions. ``events`` splits a document under ids of the provider's own, ``reports`` says
    what a stored one means. ``reply`` gives what is answered once the events are stored, where the
    provider hands our answer on to the reader. ``challenge`` answers a GET; ``greeting`` answers a
    verified document that is no report, such as the question whether the address is ours. ``token``
    gives what may prove one body only, and what it proves: where the signature covers not the whole
    body, one seen again with other words is turned away.
    """

    provider: str
    verified: Callable[[HookRequest, Any, HookTools], bool]
    events: Callable[[Any], tuple[Event, ...]]
    reports: Callable[[dict[str, Any], HookTools], Sequence[Report]]
    challenge: Callable[[HookRequest, HookTools], HookAnswer] | None = None
    greeting: Callable[[Any, HookTools], HookAnswer | None] = _nothing
    token: Callable[[Any], tuple[str, Any]] | None = None
    reply: Callable[[Any, HookTools], HookAnswer | None] = _nothing


def own_word(
    provider: str, reports: Callable[[dict[str, Any], HookTools], Sequence[Report]]
) -> Webhook:
    """What the transport itself was told of an address, as a webhook at which nobody is let in.

    ``reports`` gets the ledger's key of the copy as ``key`` and the refusal's words as ``reply``.
    """
    return Webhook(provider, lambda request, document, tools: False, lambda document: (), reports)


def left(body: dict[str, Any], tools: HookTools) -> tuple[Report, ...]:
    """The device or browser gave its registration up, or its owner took the permission back.

    It is a leaving and no bounce: so many do it in a year that a send would take it for an old list
    and pause itself.
    """
    return (Report(Kind.LEFT, text(body.get("key")), words=text(body.get("reply"))),)
