"""Web push's stand-in, declared: a strict push service on loopback, and what it carried.

It cannot read a push, as no push service can, but for browsers of its own, which the sample's
readers have; a Firefox that is pointed at it (``dom.push.serverURL``) shows what it is sent.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from digest.outbound.channels.report import mapping
from digest.outbound.channels.stand_in import (
    RECORD,
    StandIn,
    StandInPlace,
    TakenMessage,
    TakenMessages,
    moment,
    records,
    taken_newest,
)
from digest.outbound.channels.stand_in_server import ask
from digest.outbound.messages.links import web_link


def settings(place: StandInPlace) -> Mapping[str, str]:
    """What lets no browser in but those of the stand-in."""
    return {"DIGEST_WEBPUSH_SERVICES": "127.0.0.1"}


def program(place: StandInPlace) -> Sequence[str]:
    """The push service's command line."""
    module = "digest.outbound.channels.webpush.stand_in.push_service"
    return (module, "--port", str(place.port), "--folder", str(place.folder))


def taken(folder: Path, limit: int) -> TakenMessages:
    """What is seen of the pushes from outside."""
    return taken_newest(folder, limit, _seen)


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Each push's endpoint and what is seen of it: nobody is asked to confirm here."""
    for record in records(folder):
        yield str(record.get("to", "")), _words(record)


def subscribes(folder: Path, name: str, key: str) -> Mapping[str, Any] | None:
    """A reader's browser, of this name, switches notifications on; None while nobody answers."""
    said = ask(folder, "/subscribe", name=name, key=key)
    return None if said is None else mapping(json.loads(said))


def _seen(record: dict[str, Any]) -> TakenMessage:
    said = mapping(record.get("shown"))
    pieces = (
        (("bold", str(said.get("title", ""))), ("plain", f"\n{said.get('body', '')}"))
        if said
        else (("plain", _words(record)),)
    )
    return TakenMessage(
        key=str(record.get("id", "")),
        to=_whose(record),
        at=moment(record.get("at")),
        kind=str(mapping(said.get("data")).get("kind") or record.get("urgency", "")),
        pieces=pieces,
        picture=web_link(str(said.get("image", ""))),
    )


def _whose(record: dict[str, Any]) -> str:
    """Whose browser it is, where that is known; else as its push service names it."""
    name = str(record.get("browser", ""))
    return f"the browser of {name}" if name else str(record.get("to", ""))


def _words(record: dict[str, Any]) -> str:
    said = mapping(record.get("shown"))
    if said:
        return f"{said.get('title', '')}\n{said.get('body', '')}"
    return (
        f"Sealed: {record.get('bytes', 0)} bytes that only the browser can read. Kept for"
        f" {record.get('ttl', 0)} s, topic {record.get('topic') or 'none'}."
    )


STAND_IN = StandIn(
    settings=settings,
    taken=taken,
    texts=texts,
    looks="lock",
    program=program,
    subscribes=subscribes,
    lies_in=("webpush", RECORD),
)
