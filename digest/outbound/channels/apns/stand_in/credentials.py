"""The stand-in's certificate and its team's key, made at first ask and kept in its folder."""

import ipaddress
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

_CERTIFICATE, _KEY = "certificate.pem", "team-key.p8"
_VALID_FOR = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Certificate:
    """``path`` holds key and certificate for the server; ``text`` is what a client believes."""

    path: Path
    text: str


def certificate(folder: Path) -> Certificate:
    """For 127.0.0.1, signed by itself."""
    path = folder / _CERTIFICATE
    if not path.is_file():
        _keep(path, _made())
    raw = path.read_bytes()
    found = x509.load_pem_x509_certificate(raw)
    return Certificate(path, found.public_bytes(Encoding.PEM).decode())


def team_key(folder: Path) -> ec.EllipticCurvePrivateKey:
    """What signs the tokens of our team."""
    path = folder / _KEY
    if not path.is_file():
        _keep(path, pem(ec.generate_private_key(ec.SECP256R1())).encode())
    key = load_pem_private_key(path.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def pem(key: ec.EllipticCurvePrivateKey) -> str:
    """As Apple's .p8 files have it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _made() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "APNs stand-in")])
    now = datetime.now(UTC)
    alternative = x509.SubjectAlternativeName(
        [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")]
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _VALID_FOR)
        .add_extension(alternative, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    return pem(key).encode() + made.public_bytes(Encoding.PEM)


def _keep(path: Path, raw: bytes) -> None:
    """Whole or not at all; of two at once the first stands."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_bytes(raw)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
