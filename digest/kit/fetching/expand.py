"""Compressed bodies, expanded as they stream, in pieces of a bounded size."""

import codecs
import sys
import zlib
from collections.abc import Iterator
from typing import Any, Protocol

import brotli  # type: ignore[import-untyped]

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ACCEPTED = "gzip, deflate, br, zstd"
PIECE = 64 * 1024
Broken = (zlib.error, brotli.error, zstd.ZstdError, EOFError)
# RFC 9659: content coding zstd may ask for a window of 8 MB and no more.
_ZSTD_WINDOW: dict[int, int] = {zstd.DecompressionParameter.window_log_max: 23}


class Expander(Protocol):
    """Expands a body chunk by chunk."""

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        """The expansion of ``chunk``, in pieces of about :data:`PIECE` bytes, made on demand.

        Whoever stops listening has spent no more than a piece on a bomb. Raises :data:`Broken`.
        """

    def complete(self) -> bool:
        """Whether the packed stream has come to its proper end."""


class _Identity:
    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        yield chunk

    def complete(self) -> bool:
        return True


class _Zlib:
    """gzip of one or several members (RFC 1952), or deflate with or without its zlib wrapper."""

    def __init__(self, gzip: bool) -> None:
        self._gzip = gzip
        self._member: Any = zlib.decompressobj(31) if gzip else None

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        if self._member is None:
            wrapped = chunk[0] & 0x0F == 8
            self._member = zlib.decompressobj(15 if wrapped else -15)
        more = True
        while more:
            if self._member.eof:
                # Padding and other rests after the last member are ignored, as browsers do.
                if not self._gzip or not chunk.startswith(b"\x1f\x8b"):
                    return
                self._member = zlib.decompressobj(31)
            piece = self._member.decompress(chunk, PIECE)
            yield piece
            ended = self._member.eof
            chunk = self._member.unused_data if ended else self._member.unconsumed_tail
            # A full piece may leave output behind though all input was taken.
            more = bool(chunk) or (len(piece) == PIECE and not ended)

    def complete(self) -> bool:
        return bool(self._member.eof)


class _Brotli:
    def __init__(self) -> None:
        self._inner = brotli.Decompressor()

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        piece = self._inner.process(chunk, output_buffer_limit=PIECE)
        yield piece
        # It says that it can take more even when a full piece has left output behind.
        while len(piece) >= PIECE or not self._inner.can_accept_more_data():
            piece = self._inner.process(b"", output_buffer_limit=PIECE)
            yield piece

    def complete(self) -> bool:
        return bool(self._inner.is_finished())


class _Zstd:
    """Frames of RFC 8878, one after the other."""

    def __init__(self) -> None:
        self._frame = zstd.ZstdDecompressor(options=_ZSTD_WINDOW)

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        while True:
            if self._frame.eof:
                if not chunk:
                    return
                self._frame = zstd.ZstdDecompressor(options=_ZSTD_WINDOW)
            yield self._frame.decompress(chunk, PIECE)
            if self._frame.eof:
                chunk = self._frame.unused_data
            elif self._frame.needs_input:
                return
            else:
                chunk = b""

    def complete(self) -> bool:
        return bool(self._frame.eof)


_GZIP = b"\x1f\x8b\x08"


class _Sniffed:
    """gzip where the bytes say so (RFC 1952, 2.3.1), whatever the header did."""

    def __init__(self) -> None:
        self._head = b""
        self._inner: Expander | None = None

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        if self._inner is None:
            self._head += chunk
            packed = self._head.startswith(_GZIP)
            if not packed and _GZIP.startswith(self._head):
                # Too little to tell.
                return
            self._inner = _Zlib(gzip=True) if packed else _Identity()
            chunk, self._head = self._head, b""
        yield from self._inner.pieces(chunk)

    def complete(self) -> bool:
        return self._inner is not None and self._inner.complete()


def _is_charset(name: str) -> bool:
    try:
        return bool(codecs.lookup(name))
    except (LookupError, ValueError):
        return False


def expander(encoding: str) -> Expander:
    """For a Content-Encoding header (RFC 9110, 8.4). ValueError for one we did not ask for.

    Some servers name a charset there, some pack without a word, some say gzip of plain text.
    """
    names = [name.strip().lower() for name in encoding.split(",")]
    names = [
        name for name in names
        if name not in {"", "identity", "none", "binary", "8bit"} and not _is_charset(name)
    ]  # fmt: skip
    name = ",".join(names)
    if name in {"", "gzip", "x-gzip"}:
        return _Sniffed()
    if name == "deflate":
        return _Zlib(gzip=False)
    if name == "br":
        return _Brotli()
    if name == "zstd":
        return _Zstd()
    raise ValueError(name[:40])
