"""Email against a real SMTP server on loopback that does as it should."""

import asyncio
from dataclasses import replace

import pytest

from digest.outbound.channels.base import Rejected
from digest.outbound.channels.email import verp
from digest.outbound.channels.email.channel import Email
from digest.outbound.messages.message import ReaderLinks
from tests.fakes.smtp import Sink
from tests.outbound.posting import (
    CHUNKING,
    NO_PIPELINING,
    Journal,
    against,
    one,
    send_one,
    words,
)
from tests.outbound.samples import LINKS, copy_of


@pytest.mark.parametrize("offers", [Sink.extensions, NO_PIPELINING, CHUNKING, ("CHUNKING",)])
def test_a_mail_arrives_with_its_envelope_and_a_receipt(offers: tuple[str, ...]) -> None:
    sink = Sink(offers=offers)
    receipt = against(sink, send_one)
    assert receipt.code == 250
    assert receipt.provider_id == "S0000001"
    (mail,) = sink.taken
    assert mail.recipient == "reader@example.org"
    assert verp.key_of(mail.sender, "secret") == "7-11"
    assert mail.id == "7-11@meridian.example"


def test_the_journal_is_asked_before_the_content_goes_out() -> None:
    async def scenario(channel: Email, journal: Journal) -> None:
        await channel.send(one(), journal)
        assert journal.seen == [0]

    against(Sink(), scenario)


def test_a_journal_that_fails_keeps_the_content_back() -> None:
    sink = Sink()

    def broken() -> None:
        raise LookupError("the lease is gone")

    async def scenario(channel: Email, journal: Journal) -> None:
        with pytest.raises(LookupError):
            await channel.send(one(), broken)
        await channel.send(one(key="7-12"), journal)

    against(sink, scenario)
    assert [mail.id for mail in sink.taken] == ["7-12@meridian.example"]


def test_connections_are_kept_and_never_more_than_allowed() -> None:
    sink = Sink(delay=0.002)

    async def scenario(channel: Email, journal: Journal) -> None:
        sends = [channel.send(one(f"r{n}@example.org", f"7-{n}"), journal) for n in range(100)]
        await asyncio.gather(*sends)

    against(sink, scenario, connections=5)
    assert len({mail.recipient for mail in sink.taken}) == 100
    assert sink.connections == 5
    assert 1 < sink.most_in_flight <= 5


def test_a_connection_is_renewed_after_its_share() -> None:
    sink = Sink()

    async def scenario(channel: Email, journal: Journal) -> None:
        for number in range(7):
            await channel.send(one(key=f"7-{number}"), journal)

    against(sink, scenario, connections=1, mails_per_connection=3)
    assert len(sink.taken) == 7
    assert sink.connections == 3


def test_an_address_outside_ascii_needs_a_relay_that_carries_it() -> None:
    async def scenario(channel: Email, journal: Journal) -> None:
        await channel.send(one("müller@example.org"), journal)

    sink = Sink()
    against(sink, scenario)
    assert sink.taken[0].recipient == "müller@example.org"

    async def refused(channel: Email, journal: Journal) -> None:
        with pytest.raises(Rejected) as raised:
            await channel.send(one("müller@example.org"), journal)
        assert raised.value.permanent
        await channel.send(one(key="7-12"), journal)

    against(Sink(offers=NO_PIPELINING), refused)


def test_what_is_no_address_never_reaches_the_relay() -> None:
    sink = Sink(on_recipient={"*": ["250 ok"]})

    async def scenario(channel: Email, journal: Journal) -> None:
        with pytest.raises(Rejected) as raised:
            await channel.send(one("a@example.org\r\nRCPT TO:<b@example.org>"), journal)
        assert raised.value.permanent

    against(sink, scenario)
    assert sink.on_recipient == {"*": ["250 ok"]}
    assert sink.taken == []


def test_a_missing_way_out_holds_the_whole_send() -> None:
    async def scenario(channel: Email, journal: Journal) -> None:
        with pytest.raises(Rejected) as raised:
            await channel.send(one(links=ReaderLinks("", LINKS.preferences)), journal)
        assert raised.value.scope == "channel"
        assert "DIGEST_BASE_URL" in raised.value.reply

    against(Sink(), scenario)


def test_what_goes_by_chunks_is_what_goes_by_data() -> None:
    async def scenario(channel: Email, journal: Journal) -> None:
        await channel.send(one(), journal)

    def content(offers: tuple[str, ...]) -> bytes:
        sink = Sink(offers=offers)
        against(sink, scenario)
        return b"".join(sink.taken[0].content.split(b"\r\nMIME-Version", 1)[1:])

    assert content(CHUNKING) == content(Sink.extensions) != b""


@pytest.mark.parametrize("size", ["SIZE", "SIZE 0", "SIZE 99999999999999999999", "SIZE x"])
def test_a_relay_that_names_no_size_sets_none(size: str) -> None:
    sink = Sink(offers=("PIPELINING", size))
    assert against(sink, send_one).code == 250


def test_lines_that_begin_with_a_dot_arrive_as_written() -> None:
    text = ".\n..\n.hidden\nend\n"
    dotted = replace(words(), fields=words().fields | {"text": text})
    sink = Sink()

    async def scenario(channel: Email, journal: Journal) -> None:
        await channel.send(copy_of(words=dotted), journal)

    against(sink, scenario)
    body = sink.taken[0].message.get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n").rstrip() == text.rstrip()
