"""A pigeon's ring, such as ``SG-2026-0042``: country, year, number."""

import re

from digest.audience.kinds import AddressKind, BadAddress

_FORM = re.compile(r"([A-Z]{2})-(\d{4})-(\d{1,4})")


def ring(value: str) -> str:
    """One spelling per ring. Raises BadAddress."""
    found = _FORM.fullmatch(value.strip().upper())
    if not found:
        raise BadAddress("Write the ring as it is stamped, like SG-2026-0042.")
    return f"{found[1]}-{found[2]}-{int(found[3]):04}"


RING = AddressKind(
    field="ring",
    label="Your pigeon’s ring",
    example="SG-2026-0042",
    normalise=ring,
    mask=lambda value: f"{value[:2]}-…{value[-2:]}",
    longest=20,
)
