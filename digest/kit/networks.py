"""Which network addresses and ports belong to the open internet."""

import ipaddress

# IANA's special-purpose registries, written out: what ipaddress calls global differs between
# Python's minor versions. The last one is Azure's metadata service, public by its number.
_INSIDE_V4 = [
    ipaddress.IPv4Network(net)
    for net in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3", "168.63.129.16/32",
    )
]  # fmt: skip
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
# Protocol assignments with Teredo and ORCHID, documentation, 6to4.
_INSIDE_V6 = [
    ipaddress.IPv6Network(net)
    for net in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
]  # fmt: skip
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# The ports that browsers refuse, because servers of other protocols may obey what they are sent
# (WHATWG Fetch, 2.9 "Port blocking").
_OTHER_PROTOCOLS = frozenset(
    [0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101,
     102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427,
     465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990,
     993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667,
     6668, 6669, 6679, 6697, 10080]
)  # fmt: skip


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet.

    Addresses that carry another inside (IPv4-mapped, NAT64 of RFC 6052) are judged by it; 6to4
    and Teredo, which no publisher uses any more, are refused.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is None:
            return ip in _GLOBAL_V6 and not any(ip in net for net in _INSIDE_V6)
        ip = inner
    return not any(ip in net for net in _INSIDE_V4)


def is_web_port(port: int) -> bool:
    """Whether a browser would speak HTTP there."""
    return port not in _OTHER_PROTOCOLS


def network_of(address: str) -> str:
    """What one visitor holds: an IPv4 address, or the /64 of IPv6 that every household is given.

    Counted by single addresses, one household would be 2^64 visitors. Empty for what is no address.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)
