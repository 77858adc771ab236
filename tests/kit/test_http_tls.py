"""What editors read when a certificate is not to be trusted: real handshakes on loopback."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from digest.kit import http
from digest.kit.fetching.http_errors import named

Key = ec.EllipticCurvePrivateKey


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Authority:
    """Signs servers' certificates; ``trusted`` is its own."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.trusted = self.sign("Test authority", self.key, days=10)

    def sign(self, host: str, key: Key, days: int, *, by_itself: bool = False) -> x509.Certificate:
        now = datetime.now(UTC)
        is_authority = key is self.key
        return (
            x509.CertificateBuilder()
            .subject_name(name(host))
            .issuer_name(name(host if by_itself else "Test authority"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=20))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), False)
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), True)
            .sign(key if by_itself else self.key, hashes.SHA256())
        )


def pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def served(key: Key, certificate: x509.Certificate, folder: Path) -> ssl.SSLContext:
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    (folder / "cert.pem").write_text(pem(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def words(server: ssl.SSLContext, trusted: x509.Certificate | None) -> http.FetchFailed:
    """What a client that trusts only ``trusted`` is told about ``localhost``."""
    client = ssl.create_default_context(cadata=pem(trusted) if trusted else None)

    async def run() -> http.FetchFailed:
        async def hear(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.close()

        listener = await asyncio.start_server(hear, "127.0.0.1", 0, ssl=server)
        url = f"https://localhost:{listener.sockets[0].getsockname()[1]}/"
        connector = aiohttp.TCPConnector(ssl=client)
        async with listener, aiohttp.ClientSession(connector=connector) as session:
            with pytest.raises(aiohttp.ClientError) as caught:
                await session.get(url)
        return named(caught.value, url)

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("host", "days", "by_itself", "is_known", "why"),
    [
        ("localhost", -1, False, True, "expired"),
        ("elsewhere.example", 5, False, True, "made for another name"),
        ("localhost", 5, True, True, "signed its certificate itself"),
        ("localhost", 5, False, False, "unknown authority"),
    ],
)
def test_each_fault_of_a_certificate_has_its_words(
    host: str, days: int, by_itself: bool, is_known: bool, why: str, tmp_path: Path
) -> None:
    authority = Authority()
    key = ec.generate_private_key(ec.SECP256R1())
    context = served(key, authority.sign(host, key, days, by_itself=by_itself), tmp_path)
    found = words(context, authority.trusted if is_known else None)
    assert found.kind == "tls"
    said, _, because = found.reason.partition(": ")
    assert said == "The encrypted connection to localhost cannot be trusted"
    assert why in because
