"""TXT records by one UDP question to the machine's own resolver (RFC 1035), nothing more.

A library would bring recursion, caches and DNSSEC; the doctor wants a few names, once.
"""

import secrets
import socket
import struct
import time
from collections.abc import Callable
from pathlib import Path

from digest.kit.errors import ExchangeFailed

PATIENCE = 2.0
_PORT = 53
_TXT, _IN = 16, 1
_QUERY = 0x0100  # recursion desired
# EDNS0 (RFC 6891): answers of up to 4,096 bytes over UDP; long TXT sets exceed the old 512.
_OPT = b"\x00" + struct.pack(">HHIH", 41, 4096, 0, 0)
_HEADER = struct.Struct(">HHHHHH")
_NO_SUCH_NAME = 3

# Gives the TXT records of a name; raises NoAnswer.
Ask = Callable[[str], list[str]]


class NoAnswer(ExchangeFailed, RuntimeError):
    """No resolver, no answer in time, or one that makes no sense; the text says which."""


def resolvers(path: Path = Path("/etc/resolv.conf")) -> list[str]:
    """The addresses of the machine's name servers, in their order."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    words = [line.split() for line in lines]
    return [word[1] for word in words if len(word) > 1 and word[0] == "nameserver"]


def txt(
    name: str, servers: list[str], *, port: int = _PORT, patience: float = PATIENCE
) -> list[str]:
    """The TXT records of ``name``, none when it has none.

    Asks the servers in turn, for ``patience`` seconds in all. Raises :class:`NoAnswer`.
    """
    if not servers:
        raise NoAnswer("no name server in /etc/resolv.conf")
    deadline = time.monotonic() + patience
    number, question = secrets.randbelow(65_536), encode(name)
    reason = "no answer"
    for turn, server in enumerate(servers):
        share = (deadline - time.monotonic()) / (len(servers) - turn)
        try:
            return decode(_ask(server, port, _packet(number, question), number, share))
        except (OSError, NoAnswer) as failure:
            reason = "no answer" if isinstance(failure, TimeoutError) else str(failure)
    raise NoAnswer(reason)


def encode(name: str) -> bytes:
    """A name in the form of a question. Raises NoAnswer for a name that no zone can hold."""
    try:
        labels = [label.encode("ascii") for label in name.rstrip(".").split(".")]
    except UnicodeEncodeError:
        try:
            labels = name.rstrip(".").encode("idna").split(b".")
        except UnicodeError:
            raise NoAnswer(f"{name} is no domain name") from None
    if not all(1 <= len(label) <= 63 for label in labels) or sum(map(len, labels)) > 250:
        raise NoAnswer(f"{name} is no domain name")
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\x00"


def decode(packet: bytes) -> list[str]:
    """The TXT records of an answer; the strings of a record are joined (RFC 7208 section 3.3).

    Raises NoAnswer for a refusal, a cut answer or nonsense.
    """
    try:
        _, flags, questions, answers, _, _ = _HEADER.unpack_from(packet)
        code = flags & 15
        if code == _NO_SUCH_NAME:
            return []
        if code or flags & 0x0200:
            raise NoAnswer("the answer was cut" if not code else f"the resolver refused ({code})")
        at = _HEADER.size
        for _ in range(questions):
            at = _skip_name(packet, at) + 4
        found = []
        for _ in range(answers):
            at = _skip_name(packet, at)
            kind, _, _, length = struct.unpack_from(">HHIH", packet, at)
            at += 10
            if at + length > len(packet):
                raise NoAnswer("the answer makes no sense")
            if kind == _TXT:
                found.append(_strings(packet[at : at + length]))
            at += length
    except (struct.error, IndexError):
        raise NoAnswer("the answer makes no sense") from None
    return found


def _packet(number: int, question: bytes) -> bytes:
    return (
        _HEADER.pack(number, _QUERY, 1, 0, 0, 1) + question + struct.pack(">HH", _TXT, _IN) + _OPT
    )


def _ask(server: str, port: int, packet: bytes, number: int, seconds: float) -> bytes:
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    deadline = time.monotonic() + seconds
    with socket.socket(family, socket.SOCK_DGRAM) as wire:
        wire.connect((server, port))  # only this server's datagrams are taken
        wire.send(packet)
        while (left := deadline - time.monotonic()) > 0:
            wire.settimeout(left)
            answer = wire.recv(4096)
            if len(answer) >= _HEADER.size and answer[:2] == number.to_bytes(2, "big"):
                return answer
    raise TimeoutError


def _skip_name(packet: bytes, at: int) -> int:
    while length := packet[at]:
        if length >= 0xC0:  # a pointer ends the name
            return at + 2
        at += length + 1
    return at + 1


def _strings(data: bytes) -> str:
    parts, at = [], 0
    while at < len(data):
        parts.append(data[at + 1 : at + 1 + data[at]])
        at += data[at] + 1
    return b"".join(parts).decode("utf-8", "replace")
