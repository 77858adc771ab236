"""TXT records for the doctor, asked of the machine's own name servers by dnspython."""

from collections.abc import Callable
from pathlib import Path

import dns.exception
import dns.resolver

from digest.kit.errors import ExchangeFailed

PATIENCE = 2.0
_PORT = 53

# Gives the TXT records of a name; raises NoAnswer.
Ask = Callable[[str], list[str]]


class NoAnswer(ExchangeFailed, RuntimeError):
    """No resolver, no answer in time, or one that makes no sense; the text says which."""


def resolvers(path: Path = Path("/etc/resolv.conf")) -> list[str]:
    """The addresses of the machine's name servers, in their order."""
    try:
        found = dns.resolver.Resolver(filename=str(path)).nameservers
    except dns.exception.DNSException:
        return []
    return [str(each) for each in found]


def txt(
    name: str, servers: list[str], *, port: int = _PORT, patience: float = PATIENCE
) -> list[str]:
    """The TXT records of ``name``, none when it has none; the strings of each are joined.

    Asks the servers in turn, for ``patience`` seconds in all, over TCP where an answer is cut
    (RFC 7208, section 3.3 joins the strings). Raises :class:`NoAnswer`.
    """
    if not servers:
        raise NoAnswer("no name server in /etc/resolv.conf")
    if not name.strip("."):
        raise NoAnswer(f"{name!r} is no domain name")
    asking = dns.resolver.Resolver(configure=False)
    asking.nameservers, asking.port, asking.lifetime = list(servers), port, patience
    asking.timeout = patience / len(servers)
    try:
        found = asking.resolve(name, "TXT", search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.resolver.LifetimeTimeout:
        raise NoAnswer("no answer") from None
    except dns.resolver.NoNameservers as failure:
        raise NoAnswer(f"the resolver refused ({failure.kwargs['errors'][-1][3]})") from None
    except (dns.exception.DNSException, UnicodeError) as failure:
        raise NoAnswer(f"{name} cannot be asked for: {failure}") from None
    return [b"".join(record.strings).decode("utf-8", "replace") for record in found]
