"""Documents read apart while the poller works: one at a time in each of two lanes.

What is heavy goes another way than what is light, so that a document made to hurt holds up its
like alone.
"""

from collections import deque
from dataclasses import dataclass

from digest.intake.feeds.formats.entries import NewEntries, NotAFeed
from digest.intake.feeds.polling.fetch import Fetched
from digest.kit.apart.process import Apart, Killed, own

READ = "digest.intake.feeds.formats.spoken.guess:read"
# From here on a document could be one that takes the parser seconds.
HEAVY_BYTES = 128 * 1024
_MOST_LIGHT = 30
_MOST_HEAVY = 12
_PATIENCE = 0.05

Answer = NewEntries | NotAFeed | Killed | Exception


@dataclass(frozen=True, slots=True)
class ToRead:
    """A document that came, with its SHA-256 and the digests of the items seen before."""

    result: Fetched
    body_hash: bytes
    seen: frozenset[bytes]


class _Lane:
    def __init__(self, apart: Apart, fast: bool) -> None:
        self.apart = apart
        self._fast = fast
        self.waiting: deque[ToRead] = deque()
        self.reading: ToRead | None = None

    def go_on(self) -> None:
        """Begin the next document, if none is being read."""
        if self.reading is None and self.waiting:
            self.reading = self.waiting.popleft()
            fetched = self.reading.result
            self.apart.begin(
                READ, fetched.body, fetched.headers, fetched.url, self.reading.seen, self._fast
            )

    def ended(self, seconds: float) -> tuple[ToRead, Answer] | None:
        """The document that has been read, if that is so within ``seconds``."""
        document = self.reading
        if document is None:
            return None
        try:
            ended, answer = self.apart.finish(seconds=seconds)
        except Exception as error:
            ended, answer = True, error
        if not ended:
            return None
        self.reading = None
        return document, answer


class Lanes:
    """The documents of one run that are to be read. As a context: what is left is dropped.

    ``fast``: clean ones are read without feedparser.
    """

    def __init__(self, *, fast: bool = True) -> None:
        # Kept from run to run: what a process loads first takes it a second.
        self._light, self._heavy = _Lane(own(), fast), _Lane(own("heavy"), fast)

    def __enter__(self) -> "Lanes":
        return self

    def __exit__(self, *exception: object) -> None:
        for lane in (self._light, self._heavy):
            if lane.reading is not None:
                lane.apart.close()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being read or waits for it."""
        return not any(lane.reading or lane.waiting for lane in (self._light, self._heavy))

    @property
    def is_full(self) -> bool:
        """Whether more documents would only take memory."""
        return len(self._light.waiting) >= _MOST_LIGHT or len(self._heavy.waiting) >= _MOST_HEAVY

    def put(self, document: ToRead) -> None:
        """Have this one read, too."""
        is_heavy = len(document.result.body) > HEAVY_BYTES
        lane = self._heavy if is_heavy else self._light
        lane.waiting.append(document)
        lane.go_on()

    def ended(self) -> list[tuple[ToRead, Answer]]:
        """What has been read; the next ones are under way then. Waits for a moment at most."""
        found: list[tuple[ToRead, Answer]] = []
        for lane in (self._light, self._heavy):
            is_alone = lane is self._light or not (self._light.reading or found)
            one = lane.ended(_PATIENCE if is_alone else 0)
            lane.go_on()
            if one is not None:
                found.append(one)
        return found
