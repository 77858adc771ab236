"""FCM's stand-in, declared: a strict FCM on loopback with an account of its own."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from digest.outbound.channels.fcm.stand_in.server import PROJECT
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

_KEY, _PUBLIC = "account-key.pem", "account-public.pem"


def account(private_key: str, token_url: str) -> str:
    """A service account's key file, as Google's console gives it."""
    told = {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": "stand-in",
        "private_key": private_key,
        "client_email": f"digest@{PROJECT}.iam.gserviceaccount.com",
        "token_uri": token_url,
    }
    return json.dumps(told)


def key_pair(folder: Path) -> str:
    """The private key of the folder's account in PEM; made at first ask, the public one beside."""
    path = folder / _KEY
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        made = rsa.generate_private_key(65537, 2048)
        private = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes(private)
    key = load_pem_private_key(path.read_bytes(), None)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / _PUBLIC).write_bytes(public)
    return path.read_text()


def settings(place: StandInPlace) -> Mapping[str, str]:
    """What leads the channel to the stand-in, and lets an app register."""
    base = f"http://127.0.0.1:{place.port}"
    return {
        "DIGEST_FCM_URL": base,
        "DIGEST_FCM_ACCOUNT": account(key_pair(place.folder), f"{base}/token"),
        "DIGEST_FCM_APP_KEY": "demo-app-key",
    }


def program(place: StandInPlace) -> Sequence[str]:
    """The server's command line."""
    module = "digest.outbound.channels.fcm.stand_in.server"
    return (
        *(module, "--port", str(place.port), "--folder", str(place.folder)),
        *("--public-key", str(place.folder / _PUBLIC)),
    )


def taken(folder: Path, limit: int) -> TakenMessages:
    """The messages as a lock screen shows them."""
    return taken_newest(folder, limit, _shown)


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Each message's registration and its words."""
    for record in records(folder):
        yield str(record.get("to", "")), _shown(record).words


def _shown(record: dict[str, Any]) -> TakenMessage:
    message = mapping(record.get("message"))
    said = mapping(message.get("notification"))
    return TakenMessage(
        key=str(record.get("id", "")),
        to=str(record.get("to", ""))[:12] + "…",
        at=moment(record.get("at")),
        kind=str(mapping(message.get("data")).get("kind", "")),
        pieces=(("bold", str(said.get("title", ""))), ("plain", f"\n{said.get('body', '')}")),
        picture=web_link(str(said.get("image", ""))),
    )


STAND_IN = StandIn(
    settings=settings,
    taken=taken,
    texts=texts,
    looks="lock",
    program=program,
    lies_in=("fcm", RECORD),
)
