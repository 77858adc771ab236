"""Telegram's stand-in, declared: a strict Bot API on loopback, and the bubbles it took."""

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
from digest.outbound.channels.stand_in_server import write
from digest.outbound.channels.telegram.shown import pieces
from digest.outbound.channels.telegram.stand_in.bot_api import BOT, TOKEN
from digest.outbound.messages.links import web_link

_SECRET = "demo-secret"  # noqa: S105 - of a stand-in on loopback


def settings(place: StandInPlace) -> Mapping[str, str]:
    """What leads the channel to the stand-in, and lets the stand-in report."""
    return {
        "DIGEST_TELEGRAM_URL": f"http://127.0.0.1:{place.port}",
        "DIGEST_TELEGRAM_TOKEN": TOKEN,
        "DIGEST_TELEGRAM_SECRET": _SECRET,
        "DIGEST_TELEGRAM_SITE": f"http://127.0.0.1:{place.port}",
        "DIGEST_TELEGRAM_BOT": BOT,
    }


def program(place: StandInPlace) -> Sequence[str]:
    """The Bot API's command line."""
    module = "digest.outbound.channels.telegram.stand_in.bot_api"
    return (
        *(module, "--port", str(place.port), "--folder", str(place.folder), "--token", TOKEN),
        *("--hooks", place.hooks, "--secret", _SECRET),
    )


def taken(folder: Path, limit: int) -> TakenMessages:
    """The messages as bubbles, an edited one in its own place; ``kind`` says what was done."""
    return taken_newest(folder, limit, _bubble)


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Each message's chat and its words as they are read."""
    for record in records(folder):
        yield str(record.get("to", "")), str(record.get("preview", ""))


def _bubble(record: dict[str, Any]) -> TakenMessage:
    card = mapping(mapping(record.get("request")).get("link_preview_options"))
    return TakenMessage(
        key=str(record.get("id", "")),
        to=str(record.get("to", "")),
        at=moment(record.get("at")),
        kind=str(record.get("act", "")),
        pieces=pieces(str(record.get("text", ""))),
        picture=web_link(str(card.get("url", ""))) if card.get("show_above_text") else "",
    )


STAND_IN = StandIn(
    settings=settings,
    taken=taken,
    texts=texts,
    program=program,
    writes=write,
    joins_by="/start {}",
    lies_in=("telegram", RECORD),
)
