"""Rendered pages in memory, ready to be given again without a query, a thread or a template.

A page is given as long as nothing published has changed (``kit.published``) and it is younger
than its view allows. When it cannot be made again in time, or at all, the old one is better than
none.
"""

import asyncio
import gzip
import time
from collections import OrderedDict
from dataclasses import dataclass, field

import brotli  # type: ignore[import-untyped]

from digest.kit import published
from digest.web.serving.answers import Answer, Headers, Send

# A view marks its answer with this header: the seconds that it may be kept. It goes no further.
KEEP = b"digest-keep"
MOST_PAGES, MOST_BYTES, LARGEST = 1024, 64 * 1024 * 1024, 1024 * 1024
# Without the mark of what is published, a page is as good as its age (seconds).
UNMARKED = 5.0
# How old a page may be that stands in for one that cannot be made (seconds).
STAND_IN = 600.0
_LOOK_EVERY, _LOOK_PATIENCE = 0.5, 0.3
_TEXT = (b"text/", b"application/javascript", b"application/json", b"image/svg", b"application/xml")
# Smaller ones grow when compressed.
_WORTH = 256


@dataclass(slots=True)
class KeptPage:
    """One answer, whole. ``mark`` is what was published when its making began."""

    status: int
    headers: Headers
    body: bytes
    mark: str | None
    seconds: float
    etag: bytes = b""
    made_at: float = field(default_factory=time.monotonic)
    packed: dict[bytes, bytes] = field(default_factory=dict)

    def is_fresh(self, mark: str | None) -> bool:
        """Whether it may be given as it is."""
        age = time.monotonic() - self.made_at
        if mark is None:
            return age <= min(self.seconds, UNMARKED)
        return mark == self.mark and age <= self.seconds

    @property
    def stands_in(self) -> bool:
        """Whether it may be given for want of a newer one; a short-lived one is worse than none."""
        return self.seconds >= UNMARKED and time.monotonic() - self.made_at <= STAND_IN

    @property
    def weight(self) -> int:
        """Bytes in memory at the most: the body, its two compressed copies, and the rest."""
        return 3 * len(self.body) + 2048

    async def give(self, send: Send, *, head: bool, accepts: bytes, known: bytes) -> None:
        """Answer with it: compressed as the client takes it, or "not modified"."""
        if self.etag and self.status == 200 and _names(known, self.etag):
            plain = [pair for pair in self.headers if pair[0] not in _OF_BODY]
            await send({"type": "http.response.start", "status": 304, "headers": plain})
            await send({"type": "http.response.body", "body": b""})
            return
        coding = self._coding(accepts)
        body, headers = self.body, self.headers
        if coding:
            body = self._pack(coding)
            headers = [*headers, (b"content-encoding", coding)]
        await Answer(self.status, headers, body).send(send, head=head)

    def _coding(self, accepts: bytes) -> bytes:
        kind = next((value for name, value in self.headers if name == b"content-type"), b"")
        if len(self.body) < _WORTH or not kind.startswith(_TEXT):
            return b""
        taken = {each.partition(b";")[0].strip() for each in accepts.lower().split(b",")
                 if b"q=0" not in each.replace(b" ", b"") or b"q=0." in each}  # fmt: skip
        return next((coding for coding in (b"br", b"gzip") if coding in taken), b"")

    def _pack(self, coding: bytes) -> bytes:
        if coding not in self.packed:
            self.packed[coding] = (
                brotli.compress(self.body, quality=5)
                if coding == b"br"
                else gzip.compress(self.body, 6, mtime=0)
            )
        return self.packed[coding]


_OF_BODY = {b"content-type", b"content-length", b"content-encoding"}


def _names(known: bytes, etag: bytes) -> bool:
    """Whether If-None-Match names the ETag; compared weakly (RFC 9110, 13.1.2)."""
    tags = {each.strip().removeprefix(b"W/") for each in known.split(b",")}
    return etag.removeprefix(b"W/") in tags or b"*" in tags


class PageStore:
    """The pages of one process; the one that was used longest ago goes first."""

    def __init__(self) -> None:
        self._pages: OrderedDict[tuple[bytes, ...], KeptPage] = OrderedDict()
        self._weight = 0

    def get(self, key: tuple[bytes, ...]) -> KeptPage | None:
        """The page of that key, whatever its age."""
        found = self._pages.get(key)
        if found is not None:
            self._pages.move_to_end(key)
        return found

    def put(self, key: tuple[bytes, ...], page: KeptPage) -> None:
        """Keep a page, and let others go when there are too many."""
        if len(page.body) > LARGEST:
            return
        before = self._pages.pop(key, None)
        self._pages[key] = page
        self._weight += page.weight - (before.weight if before else 0)
        while len(self._pages) > MOST_PAGES or self._weight > MOST_BYTES:
            _, gone = self._pages.popitem(last=False)
            self._weight -= gone.weight


class Mark:
    """The mark of what is published, looked at twice a second at most, never twice at once."""

    def __init__(self) -> None:
        self._mark: str | None = None
        self._looked_at = float("-inf")
        self._looking: asyncio.Future[str | None] | None = None

    async def now(self) -> str | None:
        """The mark, at most half a second old; None when it is not known."""
        if time.monotonic() - self._looked_at < _LOOK_EVERY:
            return self._mark
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().run_in_executor(None, published.mark)
        looking = self._looking
        done, _ = await asyncio.wait({looking}, timeout=_LOOK_PATIENCE)
        self._mark = looking.result() if done else None
        self._looked_at = time.monotonic()
        return self._mark
