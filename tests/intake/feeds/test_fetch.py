"""Many feeds at once, politely."""

import time
from collections.abc import Iterator

import pytest

from digest.intake.feeds.polling.fetch import Ask, Failed, Fetched, Manners, fetch_all
from tests.deadlines import until
from tests.fakes import feeds
from tests.fakes.feeds import FeedServer

OPEN = Manners("test", seconds=5, per_host=0, allow_private=True)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


def test_results_come_as_they_arrive(server: FeedServer) -> None:
    server.pages |= {"/slow": feeds.stalled(), "/fast": feeds.body(b"x")}
    asks = [Ask(1, server.url("/slow")), Ask(2, server.url("/fast"))]
    patient = Manners("test", seconds=0.5, per_host=0, allow_private=True)
    fast, slow = fetch_all(asks, patient)
    assert isinstance(fast, Fetched) and fast.ask.key == 2 and fast.body == b"x"
    assert isinstance(slow, Failed) and (slow.ask.key, slow.kind) == (1, "timeout")


def test_what_is_known_is_asked_about(server: FeedServer) -> None:
    server.pages["/"] = feeds.conditional(b"x", '"v1"')
    ask = Ask(1, server.url(), '"v1"', "Mon, 23 Nov 2026 09:30:00 GMT")
    (result,) = fetch_all([ask], OPEN)
    assert isinstance(result, Fetched) and result.status == 304 and result.body == b""
    sent = server.requests[0].headers
    assert sent["if-modified-since"] == "Mon, 23 Nov 2026 09:30:00 GMT"
    assert sent["user-agent"] == "test"


def test_junk_validators_are_not_sent(server: FeedServer) -> None:
    server.pages["/"] = feeds.body(b"x")
    list(fetch_all([Ask(1, server.url(), 'a"\r\nX-Evil: 1', "x" * 2000)], OPEN))
    assert not {"if-none-match", "if-modified-since", "x-evil"} & set(server.requests[0].headers)


def test_one_failure_is_no_other_feeds_business(server: FeedServer) -> None:
    server.pages |= {f"/{n}": feeds.body(b"x") for n in range(50)}
    server.pages["/7"] = feeds.dropped(b"x", 99)
    asks = [Ask(n, server.url(f"/{n}")) for n in range(50)]
    results = list(fetch_all(asks, OPEN))
    assert [each.ask.key for each in results if isinstance(each, Failed)] == [7]
    assert len(results) == 50


def test_leaving_early_cancels_the_rest(server: FeedServer) -> None:
    server.pages |= {"/slow": feeds.stalled(), "/fast": feeds.body(b"x")}
    began = time.monotonic()
    results = fetch_all([Ask(1, server.url("/slow")), Ask(2, server.url("/fast"))], OPEN)
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert time.monotonic() - began < 4


def test_a_slow_caller_holds_fetching_back(server: FeedServer) -> None:
    server.pages |= {f"/{n}": feeds.body(b"x") for n in range(30)}
    few = Manners("test", at_once=3, per_host=0, allow_private=True)
    results = fetch_all([Ask(n, server.url(f"/{n}")) for n in range(30)], few)
    for taken in range(1, 31):
        next(results)
        assert len(server.requests) <= taken + 3


def test_nothing_to_fetch_is_nothing() -> None:
    assert list(fetch_all([], OPEN)) == []


def test_a_host_that_asks_for_patience_is_not_asked_again(server: FeedServer) -> None:
    server.pages |= {f"/{n}": feeds.status(429, Retry_After="60") for n in range(5)}
    one_by_one = Manners("test", per_host=1, spacing=0.01, allow_private=True)
    results = list(fetch_all([Ask(n, server.url(f"/{n}")) for n in range(5)], one_by_one))
    assert len(server.requests) == 1
    assert all(
        isinstance(each, Failed) and each.status == 429 and each.headers["retry-after"] == "60"
        for each in results
    )


@pytest.mark.parametrize("size", [645_000, 2_000_000, 100])
def test_a_caller_that_is_slow_is_not_the_outlets_fault(server: FeedServer, size: int) -> None:
    patient = Manners("test", seconds=1, per_host=0, allow_private=True)
    server.pages |= {f"/{n}": feeds.body(b"x" * size) for n in range(8)}
    results = fetch_all([Ask(n, server.url(f"/{n}")) for n in range(8)], patient)
    first = next(results)
    # Longer than an outlet may take, all that can be has come, and nobody looks at it.
    until(lambda: len(server.requests) == 8, "every feed asked for")
    asked = time.monotonic()
    until(lambda: time.monotonic() - asked > 1.5 * patient.seconds, "time has passed")
    assert [each.reason for each in [first, *results] if isinstance(each, Failed)] == []
