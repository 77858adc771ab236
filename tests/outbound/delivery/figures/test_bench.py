"""What the bench of sending says of a relay, and what it counts as sending."""

import multiprocessing
import socket
import time

from tests.bench import send
from tests.bench.relay import relay


def test_the_cpu_of_a_relay_that_is_not_ours_is_unknown_and_not_nothing() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as foreign,
        relay(f"127.0.0.1:{foreign.getsockname()[1]}") as sink,
    ):
        assert sink is None
    assert send.each_mail(None, 1000) is None
    assert send.each_mail(0.038, 1000) == 38


def test_a_sender_that_takes_long_to_end_has_told_its_figures_before() -> None:
    ours, theirs = multiprocessing.Pipe()
    sender = object.__new__(send.Sender)
    sender._ours = ours
    sender._process = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(600,))
    sender._process.start()
    try:
        theirs.send((1.5, 80.0))
        assert sender.figures() == (1.5, 80.0)
        assert sender._process.is_alive()
    finally:
        sender._process.kill()
        sender.end()
