"""WhatsApp's stand-in, declared: a strict Cloud API on loopback, and the bubbles it took."""

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
from digest.outbound.channels.whatsapp.marks import spoken
from digest.outbound.channels.whatsapp.stand_in.account import ACCOUNT_ID
from digest.outbound.channels.whatsapp.stand_in.uploads import APP_ID
from digest.outbound.messages.links import web_link

_TOKEN, _SECRET, _PHONE_ID = "demo-token", "demo-secret", "100200300"


def settings(place: StandInPlace) -> Mapping[str, str]:
    """What leads the channel to the stand-in, and lets the stand-in report."""
    return {
        "DIGEST_WHATSAPP_URL": f"http://127.0.0.1:{place.port}/v23.0",
        "DIGEST_WHATSAPP_PHONE_ID": _PHONE_ID,
        "DIGEST_WHATSAPP_TOKEN": _TOKEN,
        "DIGEST_WHATSAPP_APP_SECRET": _SECRET,
        "DIGEST_WHATSAPP_ACCOUNT_ID": ACCOUNT_ID,
        "DIGEST_WHATSAPP_APP_ID": APP_ID,
    }


def program(place: StandInPlace) -> Sequence[str]:
    """The Cloud API's command line."""
    return (
        "digest.outbound.channels.whatsapp.stand_in.cloud_api",
        *("--port", str(place.port), "--folder", str(place.folder), "--token", _TOKEN),
        *("--phone-id", _PHONE_ID, "--secret", _SECRET, "--statuses-to", place.hooks),
    )


def taken(folder: Path, limit: int) -> TakenMessages:
    """The messages as bubbles; a template's ``kind`` is its name."""
    return taken_newest(folder, limit, _bubble)


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Each message's number, with the plus that the Cloud API leaves out, and its words, with the
    addresses of its buttons.
    """
    for record in records(folder):
        if record.get("failed"):
            continue
        number = str(mapping(record.get("request")).get("to", ""))
        links = (address for _, address in _buttons(record))
        yield f"+{number.removeprefix('+')}", "\n".join([str(record.get("preview", "")), *links])


def _bubble(record: dict[str, Any]) -> TakenMessage:
    sent = mapping(record.get("request"))
    kind = mapping(sent.get("template")).get("name") or sent.get("type") or "text"
    return TakenMessage(
        key=str(record.get("id", "")),
        to=str(sent.get("to", "")),
        at=moment(record.get("at")),
        kind="not delivered" if record.get("failed") else str(kind),
        pieces=spoken(str(record.get("preview", ""))),
        buttons=_buttons(record),
        picture="" if record.get("failed") else web_link(str(record.get("picture", ""))),
    )


def _buttons(record: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    found = record.get("buttons")
    pairs = found if isinstance(found, list) else []
    pairs = [each for each in pairs if isinstance(each, list) and len(each) == 2]
    return tuple((str(label), str(address)) for label, address in pairs)


STAND_IN = StandIn(
    settings=settings,
    taken=taken,
    texts=texts,
    program=program,
    writes=write,
    lies_in=("whatsapp", RECORD),
)
