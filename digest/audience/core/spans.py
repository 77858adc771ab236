"""A span of addresses, by their ids (pure): a portion of an audience."""

from dataclasses import dataclass

_HIGHEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class AddressSpan:
    """The addresses whose ids are above ``after`` and not above ``to``."""

    after: int = 0
    to: int = _HIGHEST


EVERYBODY = AddressSpan()


def only(address_id: int) -> AddressSpan:
    """The span of one address."""
    return AddressSpan(address_id - 1, address_id)
