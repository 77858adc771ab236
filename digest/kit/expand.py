"""Compressed bodies, expanded as they stream and never beyond a cap."""

import zlib
from typing import Any, Protocol

import brotli  # type: ignore[import-untyped]

ACCEPTED = "gzip, deflate, br"
Broken = (zlib.error, brotli.error)


class Expander(Protocol):
    """Expands a body chunk by chunk, never to more than ``room`` bytes at a time."""

    def more(self, chunk: bytes, room: int) -> bytes:
        """The expansion of ``chunk``, cut off at ``room`` bytes."""

    def complete(self) -> bool:
        """Whether the packed stream has come to its proper end."""


class _Identity:
    def more(self, chunk: bytes, room: int) -> bytes:
        return chunk

    def complete(self) -> bool:
        return True


class _Zlib:
    """gzip of one or several members (RFC 1952), or deflate with or without its zlib wrapper."""

    def __init__(self, gzip: bool) -> None:
        self._gzip = gzip
        self._member: Any = zlib.decompressobj(31) if gzip else None

    def more(self, chunk: bytes, room: int) -> bytes:
        if self._member is None:
            wrapped = chunk[0] & 0x0F == 8
            self._member = zlib.decompressobj(15 if wrapped else -15)
        out = bytearray()
        while chunk and len(out) < room:
            if self._member.eof:
                # Padding and other rests after the last member are ignored, as browsers do.
                if not self._gzip or not chunk.startswith(b"\x1f\x8b"):
                    break
                self._member = zlib.decompressobj(31)
            out += self._member.decompress(chunk, room - len(out))
            chunk = self._member.unused_data if self._member.eof else b""
        return bytes(out)

    def complete(self) -> bool:
        return bool(self._member.eof)


class _Brotli:
    def __init__(self) -> None:
        self._inner = brotli.Decompressor()

    def more(self, chunk: bytes, room: int) -> bytes:
        out = bytearray(self._inner.process(chunk, output_buffer_limit=room))
        while len(out) < room and not self._inner.can_accept_more_data():
            out += self._inner.process(b"", output_buffer_limit=room - len(out))
        return bytes(out)

    def complete(self) -> bool:
        return bool(self._inner.is_finished())


def expander(encoding: str) -> Expander:
    """For a Content-Encoding header (RFC 9110, 8.4). ValueError for one we did not ask for."""
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        return _Identity()
    if name in {"gzip", "x-gzip"}:
        return _Zlib(gzip=True)
    if name == "deflate":
        return _Zlib(gzip=False)
    if name == "br":
        return _Brotli()
    raise ValueError(name[:40])
