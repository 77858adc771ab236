"""Forms of one field: an address, and what it is for."""

from collections.abc import Sequence
from dataclasses import dataclass

from digest.audience.kinds import AddressKind
from digest.kit.clock import now
from digest.outbound.channels.spec import ChannelSpec
from digest.web.public import form_time
from digest.web.public.offers import Offers
from digest.web.public.signing_up import consent_text
from digest.web.public.ways import way


@dataclass(frozen=True, slots=True)
class OneField:
    """A form with one field and its ``hidden`` values; where no channel takes an address ``kind``
    is None, and readers join ``elsewhere``. ``more`` is the whole form, with the same picked.
    """

    id: str
    button: str
    action: str
    more: str
    consent: str
    kind: AddressKind | None
    hidden: tuple[tuple[str, str], ...]
    elsewhere: tuple[tuple[str, str], ...]


def asking(
    what: str, slug: str, button: str, offered: Offers, *, by: Sequence[str] = ()
) -> OneField:
    """The form for one thing; ``by`` are the channels it comes by, none for all of them."""
    channel = _channel(offered, by)
    return OneField(
        id=f"{what}-{slug}",
        button=button,
        action=way("public:subscribe"),
        more=way("public:subscribe", ask={what: slug}),
        consent=consent_text(),
        kind=channel.address if channel else None,
        hidden=(
            (("channel", channel.name), (what, slug), (form_time.FIELD, form_time.stamp(now())))
            if channel
            else ()
        ),
        elsewhere=offered.elsewhere,
    )


def _channel(offered: Offers, by: Sequence[str]) -> ChannelSpec | None:
    return next((each for each in offered.channels if not by or each.name in by), None)
