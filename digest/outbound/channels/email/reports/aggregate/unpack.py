"""What a report's attachment holds, unpacked within bounds (pure)."""

import struct
import zipfile
import zlib
from io import BytesIO

from digest.kit.errors import InvalidInput
from digest.kit.fetching.expand import Broken, expander

# A host that sees millions of our mails from a thousand addresses writes about a megabyte.
LARGEST = 8 * 1024 * 1024
_MOST_MEMBERS = 20
# LZMA and bzip2 may ask for more memory than they give; no host uses them.
_TAKEN = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
# zipfile believes what an archive says of itself: a place before its beginning, an empty name or
# one in other letters, a field that is cut short.
_OF_BROKEN_ZIPS = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, LookupError,
    ArithmeticError, RuntimeError,
)  # fmt: skip
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class CannotUnpack(InvalidInput, ValueError):
    """The attachment is broken, a bomb, or nothing that reports come in; the text says which."""


def unpacked(attachment: bytes) -> str:
    """The XML or JSON inside: plain, by gzip, or the first file of a zip, whatever it is called.

    Bytes that are no UTF-8 become U+FFFD: some hosts copy senders' names as they came.
    """
    for _ in range(2):
        if attachment.startswith(b"\x1f\x8b"):
            attachment = _of_gzip(attachment)
        elif attachment.startswith(b"PK\x03\x04"):
            attachment = _of_zip(attachment)
        else:
            break
    if attachment.startswith(_UTF16):
        return attachment.decode("utf-16", "replace")
    return attachment.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")


def _of_gzip(packed: bytes) -> bytes:
    found = bytearray()
    opened = expander("gzip")
    try:
        for piece in opened.pieces(packed):
            found += piece
            if len(found) > LARGEST:
                raise CannotUnpack(f"more than {LARGEST} bytes")
    except Broken as error:
        raise CannotUnpack("broken gzip") from error
    if not opened.complete():
        raise CannotUnpack("gzip that breaks off")
    return bytes(found)


def _of_zip(packed: bytes) -> bytes:
    try:
        with zipfile.ZipFile(BytesIO(packed)) as archive:
            files = [each for each in archive.infolist()[:_MOST_MEMBERS] if not each.is_dir()]
            if not files or files[0].compress_type not in _TAKEN or files[0].flag_bits & 1:
                raise CannotUnpack("a zip that holds no readable file")
            with archive.open(files[0]) as member:
                found = member.read(LARGEST + 1)
    except CannotUnpack:
        raise
    except _OF_BROKEN_ZIPS as error:
        raise CannotUnpack("a broken zip") from error
    if len(found) > LARGEST:
        raise CannotUnpack(f"more than {LARGEST} bytes")
    return found
