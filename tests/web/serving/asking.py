"""Requests put to an ASGI application without a server in between."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Given:
    """What was answered."""

    status: int
    headers: dict[str, str]
    body: bytes


Receive = Callable[[], Awaitable[dict[str, Any]]]


def whole(body: bytes = b"") -> Receive:
    """A client that sends its body at once and stays."""
    left = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if left:
            return left.pop()
        return await asyncio.get_running_loop().create_future()

    return receive


def silent(begun: bytes = b"", *, then_gone: asyncio.Event | None = None) -> Receive:
    """A client that begins a body and sends no more of it; hangs up when the event is set."""
    left = [{"type": "http.request", "body": begun, "more_body": True}]

    async def receive() -> dict[str, Any]:
        if left:
            return left.pop()
        await (then_gone or asyncio.Event()).wait()
        return {"type": "http.disconnect"}

    return receive


async def ask(
    app: Any,
    path: str,
    *,
    method: str = "GET",
    query: str = "",
    headers: Mapping[str, str] | None = None,
    receive: Receive | None = None,
    client: str = "198.51.100.7",
) -> Given:
    """One request, and its whole answer."""
    said: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        said.append(dict(message))

    scope = {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(),
        "query_string": query.encode("latin-1"), "scheme": "http", "client": (client, 1),
        "server": ("127.0.0.1", 80),
        "headers": [(b"host", b"127.0.0.1"), *((name.lower().encode(), value.encode("latin-1"))
                    for name, value in (headers or {}).items())],
    }  # fmt: skip
    await app(scope, receive or whole(), send)
    start = said[0]
    body = b"".join(each.get("body", b"") for each in said[1:])
    names = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    return Given(start["status"], names, body)


class Pages:
    """An application that counts what reaches it, and how much at once."""

    def __init__(self, seconds: float = 0.0, **headers: str) -> None:
        self.seconds, self.headers, self.status = seconds, headers, 200
        self.asked: list[dict[str, Any]] = []
        self.bodies: list[bytes] = []
        self.at_once = self.most = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer with a page that says how many came before."""
        async with self._counted():
            self.asked.append(scope)
            number = len(self.asked)
            self.bodies.append((await receive())["body"])
            await asyncio.sleep(self.seconds)
            headers = {"content-type": "text/html", **self.headers}
            await send(
                {
                    "type": "http.response.start",
                    "status": self.status,
                    "headers": [(name.replace("_", "-").encode(), value.encode())
                                for name, value in headers.items()],
                }
            )  # fmt: skip
            body = f"<p>page {number}</p>".encode() + b" " * 1000
            await send({"type": "http.response.body", "body": body})

    @asynccontextmanager
    async def _counted(self) -> AsyncIterator[None]:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            yield
        finally:
            self.at_once -= 1
