"""Outlets of mixed manners, by a schedule that is known: what each shows at any moment, and whether
whoever asks keeps to what he was told. Pure: moments are seconds since the epoch, given.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime

_SYLLABLES = (
    "ba", "bel", "cor", "dan", "el", "fir", "gan", "hol", "im", "jor", "kel", "lan", "mor", "nis",
    "ol", "per", "quin", "ros", "tam", "vel",
)  # fmt: skip
# As many words as a language has in its news: of fewer every story would look like every other.
_WORDS = [one + two + three for one in _SYLLABLES for two in _SYLLABLES for three in _SYLLABLES]
ITEMS = 15
PER_HOST = 5
# What a busy machine's scheduler moves an arrival by.
SLACK = 0.25
SPACING, AT_ONCE = 0.5, 2
SOONEST, SWIFT, AFTER_FAILURE = 60.0, 30.0, 300.0


@dataclass(frozen=True, slots=True)
class Manner:
    """How a class of feeds behaves; spans in seconds.

    ``share``: so many of two thousand feeds. ``gap``: between two items. ``max_age`` and ``ttl``:
    what it asks of its readers. ``validator``: "etag", "modified" or "". ``slow``: until it
    answers. Of ``refuses`` requests at a host the last is answered by ``refusal`` and
    ``retry_after``.
    """

    name: str
    share: int
    gap: float
    max_age: int = 0
    ttl: int = 0
    validator: str = "etag"
    slow: float = 0.0
    refuses: int = 0
    refusal: int = 0
    retry_after: int = 0
    is_swift: bool = False
    has_hub: bool = False

    @property
    def soonest(self) -> float:
        """How soon after a good answer the next look may come at the earliest."""
        return max(SWIFT if self.is_swift else SOONEST, self.max_age, self.ttl)


MANNERS = (
    Manner("wire", 60, 120, is_swift=True),
    Manner("wire, fresh 45 s", 60, 120, 45, is_swift=True),
    Manner("lively", 400, 900),
    Manner("lively, fresh 10 min", 300, 900, 600),
    Manner("lively, ttl 20 min", 150, 900, ttl=1200, validator="modified"),
    Manner("lively, no validator", 200, 900, validator=""),
    Manner("slow host", 100, 900, slow=6.0),
    Manner("429 for 7 min", 100, 900, refuses=12, refusal=429, retry_after=420),
    Manner("503 now and then", 50, 900, refuses=12, refusal=503),
    Manner("hourly", 400, 3600),
    Manner("hub", 100, 300, has_hub=True),
    Manner("daily", 80, 86_400),
)


@dataclass(frozen=True, slots=True)
class Outlet:
    """Feed ``number`` of a class; ``place`` is the class's place among :data:`MANNERS`."""

    place: int
    number: int

    @property
    def manner(self) -> Manner:
        """How it behaves."""
        return MANNERS[self.place]

    @property
    def host(self) -> str:
        """A loopback address of its own for every five feeds."""
        host = self.number // PER_HOST
        return f"127.{10 + self.place}.{host // 250}.{1 + host % 250}"

    @property
    def path(self) -> str:
        """Where on its host it is found."""
        return f"/feed/{self.place}/{self.number}"

    @property
    def site(self) -> str:
        """What its articles' addresses begin with."""
        return f"https://outlet-{self.place}-{self.number}.example/"

    def published(self, serial: int, epoch: float) -> float:
        """When item ``serial`` appears: one a gap, at any moment of four fifths of it."""
        chance = random.Random(self.place * 10**9 + self.number * 10**5 + serial).random()
        return epoch + self.manner.gap * (serial + 0.8 * chance)

    def newest(self, at: float, epoch: float) -> int:
        """The serial of the latest item at a moment."""
        serial = int((at - epoch) // self.manner.gap)
        return serial if self.published(serial, epoch) <= at else serial - 1

    def document(self, at: float, epoch: float, hub: str = "", topic: str = "") -> bytes:
        """What it shows at a moment, its latest items, the newest first."""
        newest = self.newest(at, epoch)
        items = "".join(self._item(newest - back, epoch) for back in range(ITEMS))
        links = "".join(
            f'<atom:link rel="{rel}" href="{href}"/>'
            for rel, href in (("hub", hub), ("self", topic))
            if self.manner.has_hub and href
        )
        ttl = f"<ttl>{self.manner.ttl // 60}</ttl>" if self.manner.ttl else ""
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0" '
            'xmlns:atom="http://www.w3.org/2005/Atom"><channel>'
            f"<title>Outlet {self.place} {self.number}</title><link>{self.site}</link>{links}{ttl}"
            f"<language>en-gb</language>{items}</channel></rss>"
        ).encode()

    def _item(self, serial: int, epoch: float) -> str:
        pick = random.Random(f"{self.place} {self.number} {serial}")
        moment = datetime.fromtimestamp(int(self.published(serial, epoch)), UTC)
        return (
            f"<item><title>{_sentence(pick, 9)}</title><link>{self.site}{serial}</link>"
            f'<guid isPermaLink="false">{self.place}-{self.number}-{serial}</guid>'
            f"<pubDate>{format_datetime(moment)}</pubDate>"
            f"<description>{_sentence(pick, 40)}.</description></item>\n"
        )


def _sentence(pick: random.Random, words: int) -> str:
    return " ".join(pick.choices(_WORDS, k=words)).capitalize()


def outlets(feeds: int) -> list[Outlet]:
    """So many feeds of every class, by its share, at least two of each."""
    return [
        Outlet(place, number)
        for place, manner in enumerate(MANNERS)
        for number in range(max(2, round(manner.share * feeds / 2000)))
    ]


@dataclass
class Watch:
    """Answers for outlets, and notes who asks oftener than he was told to.

    Without ``paced`` nobody is held to manners towards a host: they need a real clock, and a host
    of its own. ``faults`` says what was done amiss, ``close`` counts requests at one host that were
    read sooner after each other than they may begin.
    """

    epoch: float
    hub: str = ""
    origin: str = ""
    paced: bool = True
    looks: Counter[Outlet] = field(default_factory=Counter)
    answers: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    close: int = 0
    _not_before: dict[Outlet, float] = field(default_factory=dict)
    _left_alone: dict[str, float] = field(default_factory=dict)
    _asked: Counter[str] = field(default_factory=Counter)
    _open: Counter[str] = field(default_factory=Counter)
    _begun: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def ask(
        self, outlet: Outlet, headers: Mapping[str, str], at: float
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of an answer to a request that comes at a moment."""
        manner = outlet.manner
        self._judge(outlet, at)
        self.looks[outlet] += 1
        self._asked[outlet.host] += 1
        if manner.refuses and self._asked[outlet.host] % manner.refuses == 0:
            return self._refusal(outlet, at)
        told = {"Cache-Control": f"max-age={manner.max_age}"} if manner.max_age else {}
        self._not_before[outlet] = at + manner.soonest
        serial = outlet.newest(at, self.epoch)
        moment = datetime.fromtimestamp(int(outlet.published(serial, self.epoch)), UTC)
        validators = {
            "etag": ("ETag", "if-none-match", f'"{serial}"'),
            "modified": ("Last-Modified", "if-modified-since", format_datetime(moment, True)),
        }
        if manner.validator:
            name, asked, value = validators[manner.validator]
            told[name] = value
            if headers.get(asked) == value:
                return self._said(304, told, b"")
        topic = f"http://{outlet.host}{self.origin}{outlet.path}"
        return self._said(200, told, outlet.document(at, self.epoch, self.hub, topic))

    def begin(self, host: str, at: float) -> None:
        """A request begins at a host."""
        self._open[host] += 1
        if self.paced and self._open[host] > AT_ONCE:
            self.faults.append(f"{host}: {self._open[host]} requests at once")
        # A stall of this process or of the other brings two requests together: counted apart.
        self.close += self.paced and at - self._begun[host] < SPACING - SLACK
        self._begun[host] = at

    def end(self, host: str) -> None:
        """It has been answered."""
        self._open[host] -= 1

    def _judge(self, outlet: Outlet, at: float) -> None:
        early = self._not_before.get(outlet, at) - at
        if early > SLACK:
            self.faults.append(f"{outlet.manner.name} {outlet.number}: {early:.1f} s too early")
        early = self._left_alone.get(outlet.host, at) - at
        if self.paced and early > SLACK:
            self.faults.append(f"{outlet.host}: {early:.1f} s before its Retry-After")

    def _refusal(self, outlet: Outlet, at: float) -> tuple[int, dict[str, str], bytes]:
        manner = outlet.manner
        self._not_before[outlet] = at + max(AFTER_FAILURE, manner.retry_after)
        if not manner.retry_after:
            return self._said(manner.refusal, {}, b"")
        self._left_alone[outlet.host] = at + manner.retry_after
        return self._said(manner.refusal, {"Retry-After": str(manner.retry_after)}, b"")

    def _said(
        self, status: int, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        self.answers[status] += 1
        return status, headers, body
