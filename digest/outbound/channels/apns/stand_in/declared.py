"""APNs' stand-in, declared: a strict APNs on loopback with a certificate and a team of its own."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from digest.outbound.channels.apns.stand_in import credentials
from digest.outbound.channels.apns.stand_in.server import KEY_ID, TEAM, TOPIC
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
from digest.outbound.messages.links import web_link


def settings(place: StandInPlace) -> Mapping[str, str]:
    """What leads the channel to the stand-in, and lets an app register."""
    return {
        "DIGEST_APNS_URL": f"https://127.0.0.1:{place.port}",
        "DIGEST_APNS_CA": credentials.certificate(place.folder).text,
        "DIGEST_APNS_KEY": credentials.pem(credentials.team_key(place.folder)),
        "DIGEST_APNS_KEY_ID": KEY_ID,
        "DIGEST_APNS_TEAM": TEAM,
        "DIGEST_APNS_TOPICS": TOPIC,
        "DIGEST_APNS_APP_KEY": "demo-app-key",
    }


def program(place: StandInPlace) -> Sequence[str]:
    """The server's command line."""
    module = "digest.outbound.channels.apns.stand_in.server"
    return (module, "--port", str(place.port), "--folder", str(place.folder))


def taken(folder: Path, limit: int) -> TakenMessages:
    """The messages as a lock screen shows them."""
    return taken_newest(folder, limit, _shown)


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Each message's device and its words."""
    for record in records(folder):
        yield str(record.get("to", "")), _shown(record).words


def _shown(record: dict[str, Any]) -> TakenMessage:
    payload = mapping(record.get("payload"))
    said = mapping(mapping(payload.get("aps")).get("alert"))
    return TakenMessage(
        key=str(record.get("id", "")),
        to=str(record.get("to", ""))[:12] + "…",
        at=moment(record.get("at")),
        kind=str(payload.get("kind", "")),
        pieces=(("bold", str(said.get("title", ""))), ("plain", f"\n{said.get('body', '')}")),
        # As an app with a service extension shows it: only that fetches what is under our own key.
        picture=web_link(str(payload.get("image", ""))),
    )


STAND_IN = StandIn(
    settings=settings,
    taken=taken,
    texts=texts,
    looks="lock",
    program=program,
    lies_in=("apns", RECORD),
)
