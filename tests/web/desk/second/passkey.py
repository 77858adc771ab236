"""A passkey in software: it makes and shows credentials as a browser and its device would."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from allauth.account.utils import user_pk_to_url_str
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

from digest.models import Member
from tests.web import desk_day

SITE = "testserver"
PRESENT, VERIFIED, WITH_DATA = 0x01, 0x04, 0x40


@dataclass
class PassKey:
    """One credential of one device."""

    id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def made(self, challenge: str) -> dict[str, Any]:
        """What a browser posts after the device has made it."""
        public = ES256.from_cryptography_key(self.key.public_key())
        data = AttestedCredentialData.create(Aaguid(bytes(16)), self.id, public)
        flags = AuthenticatorData.FLAG(PRESENT | VERIFIED | WITH_DATA)
        about = AuthenticatorData.create(_site_hash(), flags, 0, bytes(data))
        return self._posted(
            {
                "clientDataJSON": websafe_encode(_said("create", challenge)),
                "attestationObject": websafe_encode(AttestationObject.create("none", about, {})),
            }
        ) | {"clientExtensionResults": {"credProps": {"rk": True}}}

    def shown(self, challenge: str, owner: Member, flags: int = PRESENT | VERIFIED) -> Any:
        """What a browser posts to sign ``owner`` in."""
        about = bytes(AuthenticatorData.create(_site_hash(), AuthenticatorData.FLAG(flags), 0))
        said = _said("get", challenge)
        signed = self.key.sign(about + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        return self._posted(
            {
                "clientDataJSON": websafe_encode(said),
                "authenticatorData": websafe_encode(about),
                "signature": websafe_encode(signed),
                "userHandle": websafe_encode(user_pk_to_url_str(owner).encode()),
            }
        )

    def _posted(self, response: dict[str, str]) -> dict[str, Any]:
        name = websafe_encode(self.id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response,
                "clientExtensionResults": {}}  # fmt: skip


def asked(client: Client) -> str:
    """The challenge of a session that begins to sign in by a passkey alone."""
    headers = {"X-Requested-With": "XMLHttpRequest"}
    assert client.get("/desk/second/passkey", headers=headers).status_code == 200
    return str(client.session["mfa.webauthn.state"]["challenge"])


def show(client: Client, told: Any) -> Any:
    """Post it to the door."""
    return client.post("/desk/second/passkey", {"credential": json.dumps(told)})


def owned_by(member: Member) -> tuple[Client, PassKey]:
    """A signed-in client of ``member`` who has added a passkey, and that."""
    client, key = Client(), PassKey()
    client.post("/desk/sign-in", {"email": member.email, "password": desk_day.PASSWORD})
    assert add(client, key.made(challenge_to_add(client))).status_code == 302
    return client, key


def challenge_to_add(client: Client) -> str:
    """The challenge of who adds a key, after the password was asked once more."""
    way = "/desk/second/keys/add"
    client.post(f"/desk/second/password?next={way}", {"password": desk_day.PASSWORD})
    assert client.get(way).status_code == 200
    return str(client.session["mfa.webauthn.state"]["challenge"])


def add(client: Client, told: Any, name: str = "Laptop") -> Any:
    """Post a new key."""
    form = {"name": name, "passwordless": "on", "credential": json.dumps(told)}
    return client.post("/desk/second/keys/add", form)


def _said(what: str, challenge: str) -> bytes:
    told = {"type": f"webauthn.{what}", "challenge": challenge, "origin": f"http://{SITE}"}
    return json.dumps(told).encode()


def _site_hash() -> bytes:
    return hashlib.sha256(SITE.encode()).digest()
