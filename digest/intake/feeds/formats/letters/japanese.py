"""EUC-JP as Windows writes it (code page 51932), which Python lacks.

Its rows are those of code page 932, NEC's and IBM's letters (①, ㈱, 髙) among them; what JIS X 0212
adds comes as three bytes.
"""

import codecs
import re
from typing import Any

NAME = "digest-cp51932"
_PIECE = re.compile(
    rb"[\x00-\x7f]+|[\xa1-\xfe]{2}|\x8e[\xa1-\xdf]|\x8f[\xa1-\xfe]{2}|.", re.DOTALL
)  # fmt: skip


def decode(body: Any, errors: str = "strict") -> tuple[str, int]:
    """As a codec's decoder."""
    data = bytes(body)
    return "".join(_read(found[0], errors) for found in _PIECE.finditer(data)), len(data)


def _read(piece: bytes, errors: str) -> str:
    if len(piece) != 2 or piece[0] < 0xA1:
        return piece.decode("euc_jp", errors)
    row, cell = piece[0] - 0x80, piece[1] - 0x80
    first = ((row - 0x21) >> 1) + (0x81 if row < 0x5F else 0xC1)
    second = cell + (0x1F + (cell >= 0x60) if row % 2 else 0x7E)
    return bytes([first, second]).decode("cp932", errors)


def _encode(text: str, errors: str = "strict") -> tuple[bytes, int]:
    raise UnicodeError("This codec is for reading.")


def _found(name: str) -> codecs.CodecInfo | None:
    wanted = name.replace("_", "-") == NAME
    return codecs.CodecInfo(_encode, decode, name=NAME) if wanted else None


codecs.register(_found)
