"""A page that is kept for others is never one that somebody's odd headers have made."""

import asyncio
from typing import Any

import pytest

from digest.audience.core import languages
from digest.kit import published
from digest.web.serving import kept_pages
from digest.web.serving.gate import Gate

ODD = [
    # Given twice: Django joins them, and speaks the first.
    [b"ko", b"en"],
    [b"ko", b"xx"],
    [b"fr;q=0.2", b"ar", b"en;q=0.9"],
    # Longer than anybody's browser says it.
    [b"xx;q=0.1," * 30 + b"ko"],
    [b"xx," * 160 + b"ko"],
    [b"en;q=0.1," * 40 + b"ar"],
]


async def spoken(scope: Any, receive: Any, send: Any) -> None:
    """A page in the language that Django would find in the request."""
    told = [value for name, value in scope["headers"] if name == b"accept-language"]
    wanted = languages.accepted(b",".join(told).decode())
    tongue = next((each for tag in wanted if (each := languages.spoken(tag, ""))), "en")
    headers = [(b"digest-keep", b"60"), (b"vary", b"Accept-Language"), (b"etag", b'W/"x"')]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": tongue.encode()})


async def asked(door: Gate, *told: bytes) -> bytes:
    said: list[Any] = []

    async def send(message: Any) -> None:
        said.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http", "method": "GET", "path": "/", "query_string": b"", "scheme": "http",
        "client": ("198.51.100.7", 1),
        "headers": [(b"host", b"127.0.0.1"), *((b"accept-language", each) for each in told)],
    }  # fmt: skip
    await door(scope, receive, send)
    return b"".join(each.get("body", b"") for each in said)


@pytest.mark.parametrize("odd", ODD)
def test_odd_wishes_for_a_language_change_nobody_elses_page(
    odd: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published, "mark", lambda: "a")
    monkeypatch.setattr(kept_pages, "_LOOK_EVERY", 0.0)

    async def story() -> None:
        door = Gate(spoken)
        # Once to learn what the page varies by, and once to be kept.
        await asked(door, b"fr")
        await asked(door, *odd)
        for usual, tongue in ((b"en", b"en"), (b"de", b"en"), (b"ko", b"ko"), (b"fr", b"fr")):
            assert await asked(door, usual) == tongue
        assert await asked(door) == b"en"

    asyncio.run(story())
