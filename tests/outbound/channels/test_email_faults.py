"""Email against a real SMTP server on loopback that refuses, stalls or hangs up."""

import asyncio

import pytest

from digest.outbound.channels.base import AnswerLost, Patience, Rejected, Unreachable
from digest.outbound.channels.email.channel import Email, EmailConfig
from digest.outbound.channels.email.relay import Relay
from tests.fakes.smtp import DROP_REPLY, HANG_UP, STALL, Sink, start
from tests.outbound.posting import CHUNKING, NO_PIPELINING, SENDER, Journal, against, one


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
        with pytest.raises(Rejected) as refused:
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
        with pytest.raises(Rejected) as refused:
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

    against(sink, scenario, patience=Patience(0.3, 0.3))
    assert len(sink.taken) == arrived


@pytest.mark.parametrize("where", ["on_recipient", "on_data"])
def test_a_relay_that_stalls_early_costs_nothing(where: str) -> None:
    sink = Sink(**{where: {"*": [STALL]}})  # type: ignore[arg-type]

    async def scenario(channel: Email, journal: Journal) -> None:
        with pytest.raises(Unreachable):
            await channel.send(one(), journal)

    against(sink, scenario, patience=Patience(0.3, 0.3))


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
    ("greeting", "error"), [("554 go away", Rejected), ("421 too busy", Unreachable)]
)
def test_a_relay_that_turns_us_away(greeting: str, error: type[Exception]) -> None:
    async def scenario(channel: Email, journal: Journal) -> None:
        with pytest.raises(error) as raised:
            await channel.send(one(), journal)
        assert getattr(raised.value, "scope", "channel") == "channel"

    against(Sink(greetings=[greeting]), scenario)


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
        assert [isinstance(each, Rejected) for each in told] == [False, False, True] + [False] * 3
        assert len(journal.seen) == 5 + (where == "on_content")

    against(sink, scenario, connections=1)
    assert len(sink.taken) == 5
    assert sink.connections == 1


@pytest.mark.parametrize("offers", [Sink.extensions, NO_PIPELINING, CHUNKING])
def test_a_mail_larger_than_the_relay_takes_is_refused_without_a_word(
    offers: tuple[str, ...],
) -> None:
    small = tuple(each for each in offers if not each.startswith("SIZE"))
    sink = Sink(offers=(*small, "SIZE 2000"), on_recipient={"*": ["250 ok"]})

    async def scenario(channel: Email, journal: Journal) -> None:
        with pytest.raises(Rejected, match="takes 2000 at most: shorten it") as raised:
            await channel.send(one(), journal)
        assert (raised.value.permanent, raised.value.scope) == (True, "message")
        assert not raised.value.recipient
        assert journal.seen == []

    against(sink, scenario)
    assert sink.taken == []
    assert sink.on_recipient == {"*": ["250 ok"]}


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
        with pytest.raises(Rejected) as raised:
            await channel.send(one(), journal)
        assert raised.value.recipient is recipient

    against(sink, scenario)
