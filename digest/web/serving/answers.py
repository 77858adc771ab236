"""Whole answers of the service's own, given without Django."""

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from digest.web.serving.traffic import COME_AGAIN

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">\
<meta name="viewport" content="width=device-width"><title>{title}</title>\
<body><main><h1>{title}</h1><p>{words}</p></main>"""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, headers and a body."""

    status: int
    headers: Headers = field(default_factory=list)
    body: bytes = b""

    async def send(self, send: Send, *, head: bool = False) -> None:
        """Give the answer; without its body when ``head``."""
        length = (b"content-length", str(len(self.body)).encode())
        await send(
            {
                "type": "http.response.start",
                "status": self.status,
                "headers": [*self.headers, length],
            }
        )
        await send({"type": "http.response.body", "body": b"" if head else self.body})


def page(status: int, title: str, words: str, *headers: tuple[bytes, bytes]) -> Answer:
    """A plain page of our own words; kept by no cache."""
    return Answer(
        status,
        [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"cache-control", b"no-store"),
            (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
            (b"x-content-type-options", b"nosniff"),
            *headers,
        ],
        _PAGE.format(title=title, words=words).encode(),
    )


_HANG_UP = (b"connection", b"close")
BUSY = page(
    503,
    "Many are reading just now",
    "Please try again in a few seconds.",
    (b"retry-after", str(COME_AGAIN).encode()),
)
ALIVE = Answer(
    200,
    [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")],
    b"alive\n",
)
NO_SUCH_METHOD = page(
    405, "This cannot be done here", "Pages are read, and forms are sent.",
    (b"allow", b"GET, HEAD, POST"),
)  # fmt: skip
TOO_OLD = page(
    403,
    "This form is from an earlier visit",
    "Go back, load the page anew and press the button once more. Your browser must take this "
    "site's cookies.",
)
UNREADABLE = page(400, "This address cannot be read", "It holds a character that no page has.")
TOO_LONG = page(413, "Too long", "What was sent is larger than we take here.", _HANG_UP)
TOO_SLOW = page(408, "Too slow", "What was sent took too long to arrive.", _HANG_UP)
TOO_MANY_SLOW = page(
    429,
    "Too much at once",
    "Too much of yours is still arriving. Let some of it end first.",
    (b"retry-after", str(COME_AGAIN).encode()),
    _HANG_UP,
)
