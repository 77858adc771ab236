"""Networks of data centres, as a newsroom keeps them: nobody reads mail in one.

One network a line, in CIDR notation, of either kind; ``#`` begins a remark.
"""

import ipaddress
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from digest.kit.errors import SetupError

MOST = 200_000


class BadNetworks(SetupError, ValueError):
    """A line that is no network. The message names it."""


@dataclass(frozen=True, slots=True)
class MachineNetworks:
    """Ranges of addresses, in order and apart; IPv4 as it is mapped into IPv6."""

    firsts: tuple[int, ...] = ()
    lasts: tuple[int, ...] = ()

    def __contains__(self, address: str) -> bool:
        """Whether an address lies in one. False for what is no address."""
        try:
            number = _number(ipaddress.ip_address(address.partition("%")[0]))
        except ValueError:
            return False
        place = bisect_right(self.firsts, number) - 1
        return place >= 0 and number <= self.lasts[place]


def read(lines: Iterable[str]) -> MachineNetworks:
    """The networks of a list. Raises :class:`BadNetworks`."""
    ranges = []
    for number, line in enumerate(lines, 1):
        words = line.partition("#")[0].strip()
        if not words:
            continue
        try:
            net = ipaddress.ip_network(words, strict=False)
        except ValueError:
            raise BadNetworks(f"Line {number} is no network: {words[:60]!r}.") from None
        ranges.append((_number(net.network_address), _number(net.broadcast_address)))
        if len(ranges) > MOST:
            raise BadNetworks(f"The list has more than {MOST:,} networks.")
    joined: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return MachineNetworks(tuple(each[0] for each in joined), tuple(each[1] for each in joined))


def _number(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> int:
    """Both kinds on one line, an IPv4 address where IPv6 has it."""
    return int(address) | (0xFFFF << 32 if address.version == 4 else 0)
