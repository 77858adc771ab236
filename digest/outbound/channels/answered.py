"""What a provider answered: read whole, and no more than we are ready to hold."""

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any, Protocol

# How long the doctor waits for an answer (seconds), and the most that it reads.
PATIENCE = 5.0
_LARGEST = 256 * 1024


class AnswerBody(Protocol):
    """The body of an answer that is still coming in."""

    def at_eof(self) -> bool:
        """Whether all of it was read."""

    async def read(self, n: int = -1, /) -> bytes:
        """What is there by now, at most ``n`` bytes of it."""


async def whole(body: AnswerBody, most: int) -> bytes:
    """All of it up to ``most`` bytes: one ``read`` gives what has arrived, which may be half."""
    found = bytearray()
    while len(found) < most and not body.at_eof():
        found += await body.read(most - len(found))
    return bytes(found)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A token is for the server that was asked, and for no other that it names."""

    def redirect_request(self, *given: Any) -> None:
        """Leave the redirect as the answer."""
        return


def asked(
    url: str, headers: Mapping[str, str], *, method: str = "GET", told: Any = None
) -> tuple[int, dict[str, Any]]:
    """Status and body of one request of the doctor's, which follows no redirect.

    (0, {}) when nobody answered, which says nothing.
    """
    data = None if told is None else json.dumps(told).encode()
    with_type = {**headers, "Content-Type": "application/json"} if data else dict(headers)
    try:
        request = urllib.request.Request(url, data, with_type, method=method)  # noqa: S310 - set by an operator
        opener = urllib.request.build_opener(_NoRedirect)
        with opener.open(request, timeout=PATIENCE) as answer:
            return answer.status, _object(answer.read(_LARGEST))
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, _object(_read(refused))
    except (OSError, ValueError, http.client.HTTPException):
        return 0, {}


def _read(refused: urllib.error.HTTPError) -> bytes:
    try:
        return refused.read(_LARGEST)
    except (OSError, http.client.HTTPException):
        return b""


def _object(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
