"""TXT questions over real datagrams on loopback, and hostile answers."""

import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from digest.kit.doctor.dns import NoAnswer, resolvers, txt


def answer(question: bytes, *records: bytes, code: int = 0, flags: int = 0x8180) -> bytes:
    """A resolver's answer to ``question`` with TXT records of the given data."""
    head = question[:2] + struct.pack(">HHHHH", flags | code, 1, len(records), 0, 0)
    asked = question[12 : question.index(b"\0", 12) + 5]  # without the OPT record
    return (
        head
        + asked
        + b"".join(
            b"\xc0\x0c" + struct.pack(">HHIH", 16, 1, 60, len(data)) + data for data in records
        )
    )


def strings(*parts: bytes) -> bytes:
    return b"".join(bytes([len(part)]) + part for part in parts)


@contextmanager
def resolver(reply: Callable[[bytes], list[bytes]]) -> Iterator[int]:
    """A server on loopback that answers each question with the datagrams of ``reply``."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.bind(("127.0.0.1", 0))

        def serve() -> None:
            while True:
                try:
                    question, asker = wire.recvfrom(4096)
                except OSError:
                    return
                if question == b"end":
                    return
                for packet in reply(question):
                    wire.sendto(packet, asker)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        port = wire.getsockname()[1]
        yield port
        wire.sendto(b"end", ("127.0.0.1", port))
        thread.join(5)


def ask(port: int, name: str = "news.example", patience: float = 2.0) -> list[str]:
    return txt(name, ["127.0.0.1"], port=port, patience=patience)


def test_records_come_back_with_their_strings_joined() -> None:
    long = strings(b"v=DKIM1; p=" + b"A" * 200, b"B" * 100)
    with resolver(lambda asked: [answer(asked, strings(b"v=spf1 -all"), long)]) as port:
        assert ask(port) == ["v=spf1 -all", "v=DKIM1; p=" + "A" * 200 + "B" * 100]


def test_a_name_that_does_not_exist_has_no_records() -> None:
    with resolver(lambda asked: [answer(asked, code=3)]) as port:
        assert ask(port) == []


def test_a_refusal_and_a_cut_answer_are_no_records() -> None:
    with resolver(lambda asked: [answer(asked, code=2)]) as port, pytest.raises(NoAnswer):
        ask(port)
    with resolver(lambda asked: [answer(asked, flags=0x8380)]) as port, pytest.raises(NoAnswer):
        ask(port)


def test_an_answer_to_another_question_is_passed_over() -> None:
    def twice(asked: bytes) -> list[bytes]:
        forged = bytes([asked[0] ^ 255, asked[1]]) + answer(asked, strings(b"forged"))[2:]
        return [forged, b"x", answer(asked, strings(b"true"))]

    with resolver(twice) as port:
        assert ask(port) == ["true"]


def test_silence_is_bounded() -> None:
    began = time.monotonic()
    with resolver(lambda asked: []) as port, pytest.raises(NoAnswer, match="no answer"):
        ask(port, patience=0.3)
    assert time.monotonic() - began < 3


def test_without_a_name_server_it_says_so(tmp_path: Path) -> None:
    assert resolvers(tmp_path / "none") == []
    with pytest.raises(NoAnswer, match="name server"):
        txt("news.example", [])


def test_name_servers_are_read_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "resolv.conf"
    path.write_text("# a comment\nsearch lan\nnameserver 192.0.2.1\nnameserver 2001:db8::1\n")
    assert resolvers(path) == ["192.0.2.1", "2001:db8::1"]


def test_names_of_other_scripts_are_asked_for_as_labels() -> None:
    seen: list[bytes] = []
    with resolver(lambda asked: seen.append(asked) or [answer(asked, strings(b"here"))]) as port:  # type: ignore[func-returns-value]
        assert ask(port, "пример.example") == ["here"]
    assert b"\x0cxn--e1afmkfd\x07example\x00" in seen[0]


@pytest.mark.parametrize("name", ["", ".", "a..b", "x" * 64 + ".example", ".".join(["x" * 60] * 5)])
def test_what_is_no_name_is_not_asked_for(name: str) -> None:
    seen: list[bytes] = []
    with resolver(lambda asked: seen.append(asked) or []) as port, pytest.raises(NoAnswer):  # type: ignore[func-returns-value]
        ask(port, name)
    assert seen == []


@pytest.mark.parametrize("noise", [b"", b"\xff" * 40, b"\xc0\x0c" * 30])
def test_an_answer_of_nonsense_raises_nothing_else(noise: bytes) -> None:
    def broken(asked: bytes) -> list[bytes]:
        return [asked[:2] + noise, asked[:12] + noise]

    with resolver(broken) as port, pytest.raises(NoAnswer):
        ask(port, patience=0.3)
