"""Email over TLS and with a password, against aiosmtpd: a second opinion on our SMTP."""

import asyncio
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from digest.outbound.channels.base import Patience, Rejected, Unreachable
from digest.outbound.channels.email.channel import Email, EmailConfig
from digest.outbound.channels.email.mime import MimeSender
from digest.outbound.channels.email.relay import Relay
from tests.deadlines import patience
from tests.outbound.samples import copy_of

SENDER = MimeSender("The Meridian", "news@meridian.example", "meridian.example")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not shutil.which("openssl"):
        pytest.skip("needs the openssl command to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    request = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout key.pem"
    names = ["-out", "cert.pem", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(
        ["openssl", *request.split(), *names], cwd=folder, check=True, stderr=subprocess.DEVNULL
    )
    return folder


class Box:
    """An aiosmtpd handler that remembers."""

    def __init__(self) -> None:
        self.taken: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.taken.append((session, envelope))
        return "250 ok"


def context_of(certificate: Path) -> ssl.SSLContext:
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    return made


def sign_in(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and data.password == b"p@ss"
    return AuthResult(success=good, handled=good)


@pytest.fixture
def box(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Box, Controller]]:
    """A server that wants STARTTLS and a password; its certificate is trusted by us."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
    handler = Box()
    controller = Controller(
        handler,
        hostname="localhost",
        port=free_port(),
        tls_context=context_of(certificate),
        require_starttls=True,
        authenticator=sign_in,
        auth_required=True,
        ready_timeout=patience(10),
    )
    controller.start()
    try:
        yield handler, controller
    finally:
        controller.stop()


def free_port() -> int:
    with socket.create_server(("localhost", 0)) as taken:
        return int(taken.getsockname()[1])


def port_of(controller: Controller) -> int:
    assert controller.server is not None
    return int(controller.server.sockets[0].getsockname()[1])


def send_over(url: str) -> None:
    def intend() -> None:
        return

    async def run() -> None:
        channel = Email(EmailConfig((Relay.of(url),), SENDER, "secret", patience=Patience(5, 5)))
        try:
            await channel.send(copy_of("1-1"), intend)
            await channel.send(copy_of("1-2"), intend)
        finally:
            await channel.close()

    asyncio.run(run())


def test_a_password_travels_under_starttls(box: tuple[Box, Controller]) -> None:
    handler, controller = box
    send_over(f"smtp://me:p%40ss@localhost:{port_of(controller)}")
    assert len(handler.taken) == 2
    assert all(session.ssl and session.authenticated for session, _ in handler.taken)


def test_a_wrong_password_holds_the_channel(box: tuple[Box, Controller]) -> None:
    _, controller = box
    with pytest.raises(Rejected) as refused:
        send_over(f"smtp://me:wrong@localhost:{port_of(controller)}?starttls=1")
    assert refused.value.scope == "channel"


def test_a_certificate_nobody_vouches_for_is_not_trusted(
    box: tuple[Box, Controller], monkeypatch: pytest.MonkeyPatch
) -> None:
    handler, controller = box
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(Unreachable, match=r"(?i)certificate"):
        send_over(f"smtp://me:p%40ss@localhost:{port_of(controller)}")
    assert handler.taken == []


def test_tls_from_the_first_byte(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.fakes.smtp import Sink

    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
    sink = Sink()

    def intend() -> None:
        return

    async def run() -> None:
        from digest.outbound.channels.email.stand_in.smtpd import SmtpSession

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await SmtpSession(sink, reader, writer).run()

        server = await asyncio.start_server(
            serve, "localhost", 0, limit=10**7, ssl=context_of(certificate)
        )
        port = server.sockets[0].getsockname()[1]
        channel = Email(
            EmailConfig(
                (Relay.of(f"smtps://localhost:{port}"),), SENDER, "s", patience=Patience(5, 5)
            )
        )
        copies = [copy_of(f"1-{number}") for number in range(30)]
        await asyncio.gather(*(channel.send(copy, intend) for copy in copies))
        await channel.close()
        server.close()

    asyncio.run(run())
    assert len(sink.taken) == 30
