"""The stand-in's Resumable Upload API: a session, its bytes, and the handle that a template names.

https://developers.facebook.com/docs/graph-api/guides/upload: name, length and one of five kinds in
the address; then the bytes, with ``OAuth`` before the token and where in the file they begin.
"""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from digest.outbound.channels.whatsapp.stand_in.components import invalid
from digest.outbound.channels.whatsapp.stand_in.shapes import Fault

APP_ID = "200300400500600"
_KINDS = {
    "application/pdf": b"%PDF-",
    "image/jpeg": b"\xff\xd8\xff",
    "image/jpg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "video/mp4": b"",
}
_MOST_BYTES = 5 * 1024 * 1024


@dataclass
class Uploads:
    """Of one app. ``open`` are sessions that wait for their bytes: length and kind by name."""

    app_id: str = APP_ID
    open: dict[str, tuple[int, str]] = field(default_factory=dict)

    def begin(self, app: str, told: Mapping[str, str]) -> dict[str, Any]:
        """``POST /{app}/uploads``. Raises :class:`~.shapes.Fault`."""
        if app != self.app_id:
            details = f"Object with ID '{app}' does not exist"
            raise Fault(100, f"Unsupported post request. {details}", 400, subcode=33)
        if not told.get("file_name"):
            raise invalid("The parameter file_name is required")
        length, kind = told.get("file_length", ""), told.get("file_type", "")
        if not (length.isascii() and length.isdecimal() and 0 < int(length) <= _MOST_BYTES):
            raise invalid("file_length: the size in bytes, 5 MB at most for a picture")
        if kind not in _KINDS:
            raise invalid(f"file_type must be one of {', '.join(_KINDS)}")
        session = f"upload:{secrets.token_urlsafe(24)}"
        self.open[session] = int(length), kind
        return {"id": session}

    def take(
        self, session: str, headers: Mapping[str, str], data: bytes, token: str
    ) -> tuple[str, str]:
        """``POST /upload:…``: the handle, and the kind of file. Raises :class:`~.shapes.Fault`."""
        given = headers.get("Authorization", "")
        if not secrets.compare_digest(given.encode(), f"OAuth {token}".encode()):
            raise Fault(190, "Invalid OAuth access token", 401)
        if session not in self.open:
            raise invalid("The upload session has ended, or never was")
        length, kind = self.open[session]
        if headers.get("file_offset") != "0":
            raise invalid("file_offset: 0, where nothing of the file is there yet")
        if len(data) != length:
            raise invalid(f"The file has {len(data)} bytes, and {length} were told")
        if not data.startswith(_KINDS[kind]):
            raise invalid(f"The file is no {kind}")
        del self.open[session]
        told = base64.urlsafe_b64encode(kind.encode()).decode().rstrip("=")
        return f"4::{told}:{secrets.token_urlsafe(48)}", kind
