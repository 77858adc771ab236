"""The local mailbox and the SMTP server under it, spoken to by the standard library."""

import re
import smtplib
import socket
import sys
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from tests.deadlines import patience
from tests.fakes.smtp import Sink, running

MAIL = b"From: a@example.org\r\nTo: b@example.org\r\nSubject: x\r\n\r\nHello\r\n"


@pytest.fixture
def sink() -> Iterator[Sink]:
    with running(Sink()) as made:
        yield made


def test_the_standard_library_can_deliver(sink: Sink) -> None:
    with smtplib.SMTP("127.0.0.1", sink.port, timeout=patience(5)) as client:
        client.sendmail("a@example.org", ["b@example.org", "c@example.org"], MAIL)
        client.sendmail("a@example.org", ["d@example.org"], MAIL + b".dot\r\n..two\r\n")
    assert [mail.recipient[0] for mail in sink.taken] == ["b", "c", "d"]
    assert sink.taken[2].content.endswith(b"\r\n.dot\r\n..two\r\n")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (b"DATA\r\n", b"554"),
        (b"RCPT TO:<a@example.org>\r\n", b"503"),
        (b"MAIL FROM:<a@example.org> SIZE=99999999\r\n", b"552"),
        (b"MAIL TO:<a@example.org>\r\n", b"501"),
        (b"HACK\r\n", b"502"),
        (b"NOOP\n", b"500"),
        (b"MAIL FROM:<a@example.org>\r\nMAIL FROM:<a@example.org>\r\n", b"250 2.1.0 ok\r\n503"),
        (
            b"MAIL FROM:<a@e.org>\r\nRCPT TO:<b@e.org>\r\nDATA\r\nx\ny\r\n.\r\n",
            b"250 2.1.0 ok\r\n250 2.1.5 ok\r\n354 go on\r\n550",
        ),
        (b"MAIL FROM:<>\r\nRCPT TO:<b>\r\n", b"250 2.1.0 ok\r\n501"),
    ],
)
def test_it_is_as_strict_as_a_strict_relay(sink: Sink, said: bytes, answer: bytes) -> None:
    with socket.create_connection(("127.0.0.1", sink.port), 5) as wire:
        file = wire.makefile("rb")
        assert file.readline().startswith(b"220")
        wire.sendall(b"EHLO me\r\n")
        while file.readline()[3:4] == b"-":
            pass
        wire.sendall(said)
        heard = b""
        while len(heard) < len(answer):
            heard += file.readline()
        assert heard.startswith(answer)
    assert sink.taken == []


def test_an_empty_content_is_taken(sink: Sink) -> None:
    with smtplib.SMTP("127.0.0.1", sink.port, timeout=patience(5)) as client:
        client.sendmail("a@example.org", ["b@example.org"], b"")
    assert sink.taken[0].content in (b"", b"\r\n")


@pytest.mark.slow
def test_the_mailbox_process_lays_whole_mails_down(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "digest.outbound.channels.email.stand_in.mailbox",
        "--port",
        "0",
        "--folder",
        str(tmp_path),
    ]
    with Popen(command, stdout=PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port = re.search(r":(\d+),", process.stdout.readline())
            assert port is not None
            with smtplib.SMTP("127.0.0.1", int(port[1]), timeout=patience(5)) as client:
                for _ in range(3):
                    client.sendmail("a@example.org", ["b@example.org"], MAIL)
        finally:
            process.terminate()
    mails = sorted((tmp_path / "new").glob("*.eml"))
    assert len(mails) == 3
    assert message_from_bytes(mails[0].read_bytes(), policy=default)["Subject"] == "x"
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.slow
def test_the_sink_as_a_process_remembers_what_it_took(tmp_path: Path) -> None:
    record = tmp_path / "taken.jsonl"
    command = [sys.executable, "-m", "tests.fakes.smtp", "--record", str(record)]
    with Popen(command, stdout=PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            with smtplib.SMTP("127.0.0.1", port, timeout=patience(5)) as client:
                client.sendmail("a@example.org", ["b@example.org"], MAIL)
        finally:
            process.kill()
    assert '"to": "b@example.org"' in record.read_text()
