"""JSON over HTTP to a network where the newsroom has a place, its errors in our terms."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from digest.outbound.channels.answered import whole
from digest.outbound.channels.asked_to_wait import AskedToWait
from digest.outbound.channels.base import AnswerLost, Rejected, Unreachable

PATIENCE = 20.0
LARGEST_ANSWER = 256 * 1024
# What a network may ask for without a number, and the most that is believed (seconds).
_WAIT, _LONGEST_WAIT = 30.0, 3_600.0
# Where no object is owed: done without words, and a gateway's rate limit.
_WITHOUT_BODY = {204, 429}


@dataclass(frozen=True, slots=True)
class PlaceAnswer:
    """What a network answered; ``body`` is None where that was no JSON."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def told(self) -> dict[str, Any]:
        """The body as an object; empty where it is none."""
        return self.body if isinstance(self.body, dict) else {}


# Gives the refusal that an answer stands for; None when it is a success.
Judge = Callable[[PlaceAnswer], Rejected | None]


class PlaceLine:
    """One network, with the pause that it asked for. ``label`` is its name in sentences."""

    def __init__(
        self,
        label: str,
        url: str,
        judge: Judge,
        *,
        connections: int = 4,
        bodiless: frozenset[int] = frozenset(),
    ) -> None:
        """``bodiless``: further statuses at which the network owes no object."""
        self.url, self._bodiless = url.rstrip("/"), _WITHOUT_BODY | bodiless
        self._label, self._judge, self._connections = label, judge, connections
        self._session: aiohttp.ClientSession | None = None
        self._pause = AskedToWait(label)

    async def open(self) -> None:
        """Make the pool of connections; none is opened yet."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections),
            timeout=aiohttp.ClientTimeout(total=PATIENCE, connect=PATIENCE / 2),
        )

    async def close(self) -> None:
        """Close the pool."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def over(self) -> None:
        """Wait for the end of a pause that was asked for; raises Rejected for a long one."""
        await self._pause.over()

    async def ask(
        self, method: str, path: str, told: Any = None, *, headers: Mapping[str, str] | None = None
    ) -> PlaceAnswer:
        """One request. Raises :class:`~digest.outbound.channels.base.ChannelError`.

        ``path`` may be a whole address. It is never shown: some hold a secret.
        """
        if self._session is None:
            raise RuntimeError(f"{self._label}: open first")
        url = path if path.startswith("http") else f"{self.url}{path}"
        try:
            async with self._session.request(
                method, url, json=told, headers=headers, allow_redirects=False
            ) as got:
                raw = await whole(got.content, LARGEST_ANSWER)
                answer = PlaceAnswer(got.status, _json(raw), got.headers)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            words = f"{self._label} cannot be reached: {type(error).__name__}"
            raise Unreachable(words) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            words = f"no answer from {self._label}: {type(error).__name__}"
            raise AnswerLost(words, overdue=isinstance(error, TimeoutError)) from None
        if answer.status >= 500:
            words = f"{answer.status} from {self._label}: it may have arrived"
            raise AnswerLost(words, answer.status)
        if not isinstance(answer.body, dict) and answer.status not in self._bodiless:
            raise _not_theirs(answer, self._label)
        refused = self._judge(answer)
        if refused is not None:
            self._pause.heard(refused)
            raise refused
        return answer


def _not_theirs(answer: PlaceAnswer, label: str) -> Rejected | AnswerLost:
    """Every network answers with an object: what is none, a portal or a proxy between has written.

    Its refusal is no verdict on a place or a token; its success says nothing at all.
    """
    words = f"{answer.status}, but {label} did not write it: something on the way answers for it"
    if answer.status < 300:
        return AnswerLost(words, answer.status)
    return Rejected(words, answer.status, permanent=False, scope="channel")


def written_by(answer: PlaceAnswer, label: str, *names: str) -> None:
    """Raises AnswerLost for a success without the text that ``label`` always gives there."""
    if not all(isinstance(answer.told.get(name), str) and answer.told[name] for name in names):
        words = f"{answer.status} without {' and '.join(names)}: {label} did not write it"
        raise AnswerLost(words, answer.status)


def wait_of(answer: PlaceAnswer, told: Any = None) -> float:
    """Seconds that an answer 429 asks for: ``told`` in its body, else ``Retry-After``."""
    for each in (told, answer.headers.get("Retry-After")):
        try:
            seconds = float(str(each))
        except ValueError:
            continue
        if 0 <= seconds < float("inf"):
            return min(max(seconds, 0.1), _LONGEST_WAIT)
    return _WAIT


def refusal(
    answer: PlaceAnswer,
    words: str,
    *,
    place: bool,
    wait: Any = None,
    label: str = "",
    token: str = "",
) -> Rejected:
    """The refusal that an answer stands for: ``place`` says that it was of this place alone.

    What is neither is said of the words, the same at every place, or of the ``token``'s setting.
    """
    reply = f"{answer.status} {words}"[:500]
    if answer.status == 429:
        seconds = wait_of(answer, wait)
        return Rejected(reply, 429, permanent=False, retry_after=seconds)
    if place:
        return Rejected(reply, answer.status, permanent=True)
    if answer.status in {401, 403} or token:
        said = f"{label} does not take our token: {reply}. Check {token}."
        return Rejected(said, answer.status, permanent=False, scope="channel")
    return Rejected(reply, answer.status, permanent=False, scope="channel")


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None
