"""Email against a real SMTP server on loopback, one fault at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

import pytest

from digest.outbound.channels import verp
from digest.outbound.channels.base import AnswerLost, Receipt, Refused, Unreachable
from digest.outbound.channels.email import Email, EmailConfig
from digest.outbound.channels.mime import Sender
from digest.outbound.channels.smtp import Relay
from digest.outbound.messages.message import ReaderLinks, Words
from digest.outbound.messages.render import render_edition
from tests.fakes.smtp import DROP_REPLY, HANG_UP, STALL, Sink, start
from tests.outbound.samples import EDITION, LINKS, NEWSROOM, parcel

SENDER = Sender("The Meridian", "news@meridian.example", "meridian.example")
NO_PIPELINING = ("8BITMIME", "SIZE 1000000")
CHUNKING = (*Sink.extensions, "CHUNKING")


@cache
def words() -> Words:
    return render_edition(EDITION, "email", NEWSROOM)


class Journal:
    """Counts intents, and what the sink had taken when each was made."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.seen: list[int] = []

    def __call__(self) -> None:
        self.seen.append(len(self.sink.taken))


def against(sink: Sink, scenario: Callable[[Email, Journal], Awaitable[Any]], **config: Any) -> Any:
    """Run ``scenario`` with a channel on ``sink``."""

    async def run() -> Any:
        server = await start(sink)
        made = EmailConfig(
            (Relay.of(sink.url),),
            SENDER,
            "secret",
            **({"patience": 5.0, "connections": 4} | config),
        )
        channel = Email(made)
        await channel.open()
        try:
            return await asyncio.wait_for(scenario(channel, Journal(sink)), 30)
        finally:
            await channel.close()
            server.close()

    return asyncio.run(run())


def one(address: str = "reader@example.org", key: str = "7-11", **how: Any) -> Any:
    return parcel(key, address, words=words(), **how)


async def send_one(channel: Email, journal: Journal) -> Receipt:
    return await channel.send(one(), journal)


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


@pytest.mark.parametrize("offers", [Sink.extensions, NO_PIPELINING])
@pytest.mark.parametrize(
    ("reply", "permanent"), [("550 5.1.1 no such user", True), ("451 4.3.0 later", False)]
)
@pytest.mark.parametrize("where", ["on_recipient", "on_data", "on_content"])
def test_a_refusal_is_told_apart_and_the_connection_stays(
    where: str, reply: str, permanent: bool, offers: tuple[str, ...]
) -> None:
    sink = Sink(offers=offers, **{where: {"bad@example.org": [reply]}})  # type: ignore[arg-type]

    async def scenario(channel: Email, journal: Journal) -> None:
        with pytest.raises(Refused) as refused:
            await channel.send(one("bad@example.org"), journal)
        assert refused.value.permanent is permanent
        assert refused.value.code == int(reply[:3])
        assert refused.value.scope == "message"
        assert len(journal.seen) == (where == "on_content")
        await channel.send(one(key="7-12"), journal)

    against(sink, scenario, connections=1)
    assert [mail.id for mail in sink.taken] == ["7-12@meridian.example"]
    assert sink.connections == 1


@pytest.mark.parametrize("where", ["on_recipient", "on_data", "on_content"])
def test_a_relay_that_closes_with_421_is_left(where: str) -> None:
    sink = Sink(**{where: {"*": ["421 4.3.2 closing"]}})  # type: ignore[arg-type]

    async def scenario(channel: Email, journal: Journal) -> None:
        with pytest.raises(Refused) as refused:
            await channel.send(one(), journal)
        assert not refused.value.permanent
        await channel.send(one(key="7-12"), journal)

    against(sink, scenario, connections=1)
    assert sink.connections == 2
    assert len(sink.taken) == 1


@pytest.mark.parametrize("where", ["on_recipient", "on_data"])
def test_a_connection_lost_before_the_content_handed_nothing_over(where: str) -> None:
    sink = Sink(**{where: {"*": [HANG_UP]}})  # type: ignore[arg-type]

    async def scenario(channel: Email, journal: Journal) -> None:
        with pytest.raises(Unreachable):
            await channel.send(one(), journal)
        assert journal.seen == []

    against(sink, scenario)
    assert sink.taken == []


@pytest.mark.parametrize(("fault", "arrived"), [(HANG_UP, 0), (DROP_REPLY, 1), (STALL, 0)])
def test_a_lost_answer_is_never_taken_for_a_refusal(fault: str, arrived: int) -> None:
    sink = Sink(on_content={"*": [fault]})

    async def scenario(channel: Email, journal: Journal) -> None:
        with pytest.raises(AnswerLost):
            await channel.send(one(), journal)
        assert journal.seen == [0]

    against(sink, scenario, patience=0.3)
    assert len(sink.taken) == arrived


@pytest.mark.parametrize("where", ["on_recipient", "on_data"])
def test_a_relay_that_stalls_early_costs_nothing(where: str) -> None:
    sink = Sink(**{where: {"*": [STALL]}})  # type: ignore[arg-type]

    async def scenario(channel: Email, journal: Journal) -> None:
        with pytest.raises(Unreachable):
            await channel.send(one(), journal)

    against(sink, scenario, patience=0.3)


def test_a_kept_connection_that_died_of_age_is_replaced_unseen() -> None:
    sink = Sink(on_recipient={"second@example.org": [HANG_UP]})

    async def scenario(channel: Email, journal: Journal) -> None:
        await channel.send(one(), journal)
        await channel.send(one("second@example.org", "7-12"), journal)

    against(sink, scenario, connections=1)
    assert len(sink.taken) == 2
    assert sink.connections == 2


def test_a_cancelled_send_leaves_no_half_open_transaction() -> None:
    sink = Sink(on_recipient={"slow@example.org": [STALL]})

    async def scenario(channel: Email, journal: Journal) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await channel.send(one("slow@example.org"), journal)
        await channel.send(one(key="7-12"), journal)

    against(sink, scenario, connections=1)
    assert [mail.id for mail in sink.taken] == ["7-12@meridian.example"]


def test_a_relay_that_is_down_is_unreachable() -> None:
    async def run() -> None:
        sink = Sink()
        server = await start(sink)
        server.close()
        await server.wait_closed()
        channel = Email(EmailConfig((Relay.of(sink.url),), SENDER, "secret"))
        with pytest.raises(Unreachable, match="cannot be reached"):
            await channel.send(one(), Journal(sink))

    asyncio.run(run())


@pytest.mark.parametrize(
    ("greeting", "error"), [("554 go away", Refused), ("421 too busy", Unreachable)]
)
def test_a_relay_that_turns_us_away(greeting: str, error: type[Exception]) -> None:
    async def scenario(channel: Email, journal: Journal) -> None:
        with pytest.raises(error) as raised:
            await channel.send(one(), journal)
        assert getattr(raised.value, "scope", "channel") == "channel"

    against(Sink(greetings=[greeting]), scenario)


def test_an_address_outside_ascii_needs_a_relay_that_carries_it() -> None:
    async def scenario(channel: Email, journal: Journal) -> None:
        await channel.send(one("müller@example.org"), journal)

    sink = Sink()
    against(sink, scenario)
    assert sink.taken[0].recipient == "müller@example.org"

    async def refused(channel: Email, journal: Journal) -> None:
        with pytest.raises(Refused) as raised:
            await channel.send(one("müller@example.org"), journal)
        assert raised.value.permanent
        await channel.send(one(key="7-12"), journal)

    against(Sink(offers=NO_PIPELINING), refused)


def test_what_is_no_address_never_reaches_the_relay() -> None:
    sink = Sink(on_recipient={"*": ["250 ok"]})

    async def scenario(channel: Email, journal: Journal) -> None:
        with pytest.raises(Refused) as raised:
            await channel.send(one("a@example.org\r\nRCPT TO:<b@example.org>"), journal)
        assert raised.value.permanent

    against(sink, scenario)
    assert sink.on_recipient == {"*": ["250 ok"]}
    assert sink.taken == []


def test_a_missing_way_out_holds_the_whole_send() -> None:
    async def scenario(channel: Email, journal: Journal) -> None:
        with pytest.raises(Refused) as raised:
            await channel.send(one(links=ReaderLinks("", LINKS.preferences)), journal)
        assert raised.value.scope == "channel"
        assert "DIGEST_BASE_URL" in raised.value.reply

    against(Sink(), scenario)


@pytest.mark.parametrize("where", ["on_recipient", "on_content"])
@pytest.mark.parametrize("offers", [CHUNKING, ("CHUNKING",)])
def test_by_chunks_a_refusal_leaves_the_connection_in_step(
    where: str, offers: tuple[str, ...]
) -> None:
    script = {"bad@example.org": ["550 5.1.1 no such user"]}
    sink = Sink(offers=offers, **{where: script})  # type: ignore[arg-type]

    async def scenario(channel: Email, journal: Journal) -> None:
        sends = [channel.send(one(f"r{n}@example.org", f"7-{n}"), journal) for n in range(5)]
        sends.insert(2, channel.send(one("bad@example.org", "7-99"), journal))
        told = await asyncio.gather(*sends, return_exceptions=True)
        assert [isinstance(each, Refused) for each in told] == [False, False, True] + [False] * 3
        assert len(journal.seen) == 5 + (where == "on_content")

    against(sink, scenario, connections=1)
    assert len(sink.taken) == 5
    assert sink.connections == 1


def test_what_goes_by_chunks_is_what_goes_by_data() -> None:
    async def scenario(channel: Email, journal: Journal) -> None:
        await channel.send(one(), journal)

    def content(offers: tuple[str, ...]) -> bytes:
        sink = Sink(offers=offers)
        against(sink, scenario)
        return b"".join(sink.taken[0].content.split(b"\r\nMIME-Version", 1)[1:])

    assert content(CHUNKING) == content(Sink.extensions) != b""


@pytest.mark.parametrize("offers", [Sink.extensions, NO_PIPELINING, CHUNKING])
def test_a_mail_larger_than_the_relay_takes_is_refused_without_a_word(
    offers: tuple[str, ...],
) -> None:
    small = tuple(each for each in offers if not each.startswith("SIZE"))
    sink = Sink(offers=(*small, "SIZE 2000"), on_recipient={"*": ["250 ok"]})

    async def scenario(channel: Email, journal: Journal) -> None:
        with pytest.raises(Refused, match="takes 2000 at most: shorten it") as raised:
            await channel.send(one(), journal)
        assert (raised.value.permanent, raised.value.scope) == (True, "message")
        assert not raised.value.recipient
        assert journal.seen == []

    against(sink, scenario)
    assert sink.taken == []
    assert sink.on_recipient == {"*": ["250 ok"]}


@pytest.mark.parametrize("size", ["SIZE", "SIZE 0", "SIZE 99999999999999999999", "SIZE x"])
def test_a_relay_that_names_no_size_sets_none(size: str) -> None:
    sink = Sink(offers=("PIPELINING", size))
    assert against(sink, send_one).code == 250


@pytest.mark.parametrize(
    ("where", "reply", "recipient"),
    [
        ("on_recipient", "550 no", True),
        ("on_recipient", "450 4.1.1 later", False),
        ("on_content", "550 5.1.1 no such user", True),
        ("on_content", "554 5.7.1 no", False),
        ("on_data", "554 no valid recipients", False),
    ],
)
def test_a_refusal_tells_whether_it_is_about_the_recipient(
    where: str, reply: str, recipient: bool
) -> None:
    sink = Sink(**{where: {"*": [reply]}})  # type: ignore[arg-type]

    async def scenario(channel: Email, journal: Journal) -> None:
        with pytest.raises(Refused) as raised:
            await channel.send(one(), journal)
        assert raised.value.recipient is recipient

    against(sink, scenario)


def test_lines_that_begin_with_a_dot_arrive_as_written() -> None:
    from dataclasses import replace

    text = ".\n..\n.hidden\nend\n"
    dotted = replace(words(), fields=words().fields | {"text": text})
    sink = Sink()

    async def scenario(channel: Email, journal: Journal) -> None:
        await channel.send(parcel(words=dotted), journal)

    against(sink, scenario)
    body = sink.taken[0].message.get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n").rstrip() == text.rstrip()


@pytest.mark.parametrize(
    ("url", "relay"),
    [
        ("smtp://127.0.0.1:1025", Relay("127.0.0.1", 1025)),
        ("smtp://relay", Relay("relay", 25)),
        ("smtps://u:p%40ss@relay", Relay("relay", 465, tls=True, user="u", password="p@ss")),
        (
            "smtp://u:p@relay:587?starttls=1",
            Relay("relay", 587, starttls=True, user="u", password="p"),
        ),
        ("smtp://u:p@relay:587", Relay("relay", 587, starttls=True, user="u", password="p")),
        ("smtp://u:p@relay:25?starttls=0", Relay("relay", 25, user="u", password="p")),
    ],
)
def test_a_relays_url_says_how_to_reach_it(url: str, relay: Relay) -> None:
    assert Relay.of(url) == relay


@pytest.mark.parametrize("url", ["", "relay:25", "http://relay", "smtp://"])
def test_a_url_that_is_none_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(ValueError, match="must look like"):
        Relay.of(url)
