"""What a channel declares of its stand-in: who takes its messages where nobody may be reached.

The demo and ``digest up`` start it on loopback, lead the channel to it by settings, and show in
the local mailbox what it took. A channel that leaves its messages on this machine by itself needs
no process: it declares settings alone.
"""

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

# Of one file or line, in bytes: what was taken is as hostile as what comes from outside.
LARGEST = 5 * 1024 * 1024
RECORD = "messages.jsonl"


@dataclass(frozen=True, slots=True)
class StandInPlace:
    """Where a stand-in works: its port on 127.0.0.1, its folder, where its reports are taken.

    ``hooks`` is the address of ``/hooks/<channel>``.
    """

    port: int
    folder: Path
    hooks: str


@dataclass(frozen=True, slots=True)
class TakenMessage:
    """One message as the local mailbox lists it.

    ``key`` names it, ``to`` is the address as the channel writes it, ``kind`` one word of what it
    is. What is read whole at once stands in ``pieces``, ``buttons`` and ``picture`` (its address),
    as in a :class:`~digest.outbound.channels.preview.ChannelPreview`; what is opened has a
    ``heading``.
    """

    key: str
    to: str
    at: datetime
    kind: str = ""
    heading: str = ""
    pieces: tuple[tuple[str, str], ...] = ()
    buttons: tuple[tuple[str, str], ...] = ()
    picture: str = ""

    @property
    def words(self) -> str:
        """What its reader sees of ``pieces``, without their marks."""
        return "".join(words for _, words in self.pieces)


@dataclass(frozen=True, slots=True)
class OpenedMessage:
    """One message, opened: ``page`` is HTML that nothing may act in, ``source`` as it arrived."""

    message: TakenMessage
    sender: str
    headers: tuple[tuple[str, str], ...]
    text: str
    page: str
    source: str
    size: int


@dataclass(frozen=True, slots=True)
class TakenMessages:
    """How many messages lie there, and the newest of them, newest first."""

    total: int
    newest: tuple[TakenMessage, ...]


@dataclass(frozen=True, slots=True)
class StandIn:
    """The stand-in of one channel.

    ``settings`` lead the channel to a place; where the operator has set one of them, the channel
    is the operator's own and gets no stand-in. ``program`` is what ``python -m`` runs there, if
    anything must run. ``taken(folder, limit)`` lists what came, ``texts`` gives whom each message
    is to, as the channel spells addresses, and its plain words; ``opened`` opens one that is not
    read whole in the list. ``readers`` are addresses for readers of the sample newsroom that knows
    none of the channel. ``looks``: what the local mailbox makes of them, a chat or a ``lock``
    screen. ``writes(folder, address, said)`` has a reader write to the newsroom there; False while
    nobody answers. ``joins_by`` is what one writes to join, where that is the consent; what for
    stands in braces.
    ``subscribes(folder, name, key)`` switches notifications on in a browser of that name, made at
    first ask: what its page would tell the newsroom, None while nobody answers. ``lies_in``: the
    folder's name, and the place within it to tell a person.
    """

    settings: Callable[[StandInPlace], Mapping[str, str]]
    taken: Callable[[Path, int], TakenMessages]
    texts: Callable[[Path], Iterator[tuple[str, str]]]
    program: Callable[[StandInPlace], Sequence[str]] | None = None
    opened: Callable[[Path, str], OpenedMessage | None] | None = None
    readers: tuple[str, ...] = ()
    looks: str = "chat"
    writes: Callable[[Path, str, str], bool] | None = None
    joins_by: str = ""
    subscribes: Callable[[Path, str, str], Mapping[str, Any] | None] | None = None
    lies_in: tuple[str, str] = ("", "")


def records(folder: Path) -> Iterator[dict[str, Any]]:
    """The objects in ``folder/messages.jsonl``, one a line, oldest first."""
    try:
        with (folder / RECORD).open("rb") as file:
            for line in file:
                try:
                    record = json.loads(line[:LARGEST])
                except ValueError:
                    continue  # the last line may still be being written
                if isinstance(record, dict):
                    yield record
    except OSError:
        return


def taken_newest(
    folder: Path, limit: int, shown: Callable[[dict[str, Any]], TakenMessage]
) -> TakenMessages:
    """The newest records as messages, each made by ``shown``, and how many there are in all."""
    total, newest = 0, deque[dict[str, Any]](maxlen=limit)
    for record in records(folder):
        total += 1
        newest.append(record)
    return TakenMessages(total, tuple(shown(record) for record in reversed(newest)))


def moment(value: object) -> datetime:
    """A record's Unix time; the epoch for what is none."""
    try:
        return datetime.fromtimestamp(float(str(value)), UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)
