"""Free TCP ports of this machine."""

import socket


class NoPort(RuntimeError):
    """Every port of the range is taken."""


def free_port(first: int, tries: int = 200) -> int:
    """The first port on 127.0.0.1 from ``first`` that nothing listens on; NoPort when none is."""
    for port in range(first, first + tries):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise NoPort(f"No free port from {first} to {first + tries - 1}; set DIGEST_BIND.")
