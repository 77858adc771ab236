"""The gate lets in what there is room for, keeps what is the same for all, and says no honestly."""

import asyncio
import gzip
import time
from collections import Counter
from typing import Any

import brotli
import pytest

from digest.kit import connection_budget, published
from digest.web.serving import bodies, gate, kept_pages, traffic
from digest.web.serving.answers import Answer
from digest.web.serving.gate import Gate
from tests.web.serving.asking import Pages, ask, silent, whole

SHARED = {"cache_control": "public, max-age=0", "digest_keep": "60", "etag": 'W/"one"'}


@pytest.fixture
def mark(monkeypatch: pytest.MonkeyPatch) -> dict[str, str | None]:
    """What is published, by a mark that the test changes; looked at every time."""
    now: dict[str, str | None] = {"mark": "a"}
    monkeypatch.setattr(published, "mark", lambda: now["mark"])
    monkeypatch.setattr(kept_pages, "_LOOK_EVERY", 0.0)
    return now


def test_a_burst_gets_pages_or_an_honest_503_and_never_more_threads_than_places() -> None:
    app = Pages(seconds=0.05)
    door = Gate(app)

    async def burst() -> list[tuple[int, str | None, float]]:
        async def one() -> tuple[int, str | None, float]:
            began = time.monotonic()
            given = await ask(door, "/preferences/token")
            return given.status, given.headers.get("retry-after"), time.monotonic() - began

        return await asyncio.gather(*[one() for _ in range(1000)])

    answers = asyncio.run(burst())
    counts = Counter(status for status, _, _ in answers)
    assert set(counts) == {200, 503}
    assert app.most == traffic.READERS.places
    assert counts[200] == len(app.asked) >= traffic.READERS.places
    assert {again for status, again, _ in answers if status == 503} == {"5"}


def test_what_is_known_at_once_never_reaches_the_application() -> None:
    app = Pages()
    known = {"/desk/live": lambda asked: Answer(200, [], b"new") if b"a=1" in asked.query else None}
    door = Gate(app, known)
    given = asyncio.run(ask(door, "/desk/live", query="a=1"))
    assert (given.status, given.body, len(app.asked)) == (200, b"new", 0)
    assert asyncio.run(ask(door, "/desk/live", query="a=1", method="HEAD")).body == b""
    asyncio.run(ask(door, "/desk/live", query="a=2"))
    asyncio.run(ask(door, "/desk/sends/", query="a=1"))
    assert len(app.asked) == 2


def test_every_lane_has_places_of_its_own_and_they_add_up_to_the_budget() -> None:
    app = Pages(seconds=0.3)
    door = Gate(app)
    paths = ["/preferences/t", "/desk/", "/hooks/mail/ses", "/health"]

    async def everything() -> list[int]:
        asked = [ask(door, path) for path in paths for _ in range(30)]
        asked += [ask(door, "/desk/sign-in", method="POST") for _ in range(30)]
        return [each.status for each in await asyncio.gather(*asked)]

    statuses = asyncio.run(everything())
    assert app.most == connection_budget.WEB_PLACES
    reached = Counter(scope["path"] for scope in app.asked)
    assert set(reached) == {*paths, "/desk/sign-in"}
    assert statuses.count(200) == len(app.asked)


def test_a_client_that_hangs_up_keeps_its_place_until_its_thread_is_done() -> None:
    app = Pages(seconds=0.2)
    door = Gate(app)

    async def hang_up() -> None:
        first = [asyncio.create_task(ask(door, "/preferences/t")) for _ in range(50)]
        await asyncio.sleep(0.05)
        for each in first:
            each.cancel()
        await asyncio.gather(*[ask(door, "/preferences/t") for _ in range(50)])

    asyncio.run(hang_up())
    assert app.most == traffic.READERS.places


def test_a_page_is_made_once_for_all_and_again_when_something_is_published(
    mark: dict[str, str | None],
) -> None:
    app = Pages(seconds=0.05, **SHARED)
    door = Gate(app)

    async def read() -> set[bytes]:
        given = await asyncio.gather(*[ask(door, "/archive", query="page=1") for _ in range(300)])
        assert {each.status for each in given} == {200}
        assert all("digest-keep" not in each.headers for each in given)
        return {each.body.strip() for each in given}

    async def story() -> None:
        assert await read() == {b"<p>page 1</p>"} == await read()
        assert len(app.asked) == 1
        mark["mark"] = "b"
        assert await read() == {b"<p>page 2</p>"}
        app.status = 500
        mark["mark"] = "c"
        assert await read() == {b"<p>page 2</p>"}  # an old page is better than none

    asyncio.run(story())


def test_without_the_mark_a_page_is_kept_for_a_moment_only(
    mark: dict[str, str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = Pages(**SHARED)
    door = Gate(app)
    mark["mark"] = None
    monkeypatch.setattr(kept_pages, "UNMARKED", 0.2)

    async def story() -> None:
        for _ in range(10):
            await ask(door, "/")
        assert len(app.asked) == 1
        await asyncio.sleep(0.3)
        await ask(door, "/")
        assert len(app.asked) == 2

    asyncio.run(story())


UNPACK = {"br": brotli.decompress, "gzip": gzip.decompress}


@pytest.mark.parametrize("coding", UNPACK)
def test_a_kept_page_is_compressed_and_known_again(
    mark: dict[str, str | None], coding: str
) -> None:
    door = Gate(Pages(**SHARED))

    async def story() -> None:
        given = await ask(door, "/", headers={"Accept-Encoding": f"deflate, {coding};q=0.8"})
        assert given.headers["content-encoding"] == coding
        assert given.headers["vary"] == "Accept-Encoding"
        assert len(given.body) < 500 < len(UNPACK[coding](given.body))
        again = await ask(door, "/", headers={"If-None-Match": '"zero", W/"one"'})
        assert (again.status, again.body) == (304, b"")
        assert again.headers["etag"] == 'W/"one"'
        head = await ask(door, "/", method="HEAD")
        assert (head.status, head.body) == (200, b"")
        assert int(head.headers["content-length"]) > 1000

    asyncio.run(story())


def test_links_that_count_clicks_lead_to_the_same_page(mark: dict[str, str | None]) -> None:
    app = Pages(**SHARED)
    door = Gate(app)

    async def story() -> None:
        for number in range(20):
            await ask(door, "/archive", query=f"page=2&utm_source=x{number}&fbclid=y{number}")

    asyncio.run(story())
    assert [scope["query_string"] for scope in app.asked] == [b"page=2"]


def test_what_is_not_for_everybody_is_not_kept(mark: dict[str, str | None]) -> None:
    for headers in ({}, {**SHARED, "set_cookie": "a=b"}):
        app = Pages(seconds=0.01, **headers)
        door = Gate(app)

        async def story(door: Gate = door) -> None:
            given = await asyncio.gather(*[ask(door, "/subscribe") for _ in range(5)])
            assert len({each.body for each in given}) == 5

        asyncio.run(story())


def test_a_language_of_its_own_gets_a_page_of_its_own(mark: dict[str, str | None]) -> None:
    app = Pages(**SHARED, vary="Accept-Language")
    door = Gate(app)

    async def story() -> None:
        for language in ("de", "en", "de", "en"):
            await ask(door, "/", headers={"Accept-Language": language})

    asyncio.run(story())
    assert len(app.asked) <= 3


async def parrot(scope: Any, receive: Any, send: Any) -> None:
    """A page that says which language it was asked for, after a while."""
    told = dict(scope["headers"]).get(b"accept-language", b"none")
    await asyncio.sleep(0.05)
    headers = [(b"digest-keep", b"60"), (b"etag", b'W/"' + told + b'"'),
               (b"vary", b"Accept-Language"), (b"content-type", b"text/html")]  # fmt: skip
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": told})


def test_who_asks_for_a_page_at_the_same_first_moment_gets_their_own_language(
    mark: dict[str, str | None],
) -> None:
    door = Gate(parrot)
    languages = ["ko", "fr", "ko", "ms", "fr"]

    async def together() -> list[bytes]:
        asked = [ask(door, "/sent", headers={"Accept-Language": each}) for each in languages]
        return [each.body for each in await asyncio.gather(*asked)]

    assert asyncio.run(together()) == [each.encode() for each in languages]


def test_many_pages_of_other_languages_make_none_forget_its_own(
    mark: dict[str, str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "MOST_PAGES", 4)
    door = Gate(parrot)

    async def story() -> list[bytes]:
        for number in range(9):
            await ask(door, f"/{number}", headers={"Accept-Language": "ko"})
        asked = [ask(door, "/8", headers={"Accept-Language": each}) for each in ("fr", "ko")]
        return [each.body for each in await asyncio.gather(*asked)]

    assert asyncio.run(story()) == [b"fr", b"ko"]


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PUT", "DELETE", "BREW", "get", "Post"])
def test_what_no_page_takes_goes_no_further(method: str) -> None:
    app = Pages()
    given = asyncio.run(ask(Gate(app), "/subscribe", method=method))
    assert (given.status, given.headers["allow"]) == (405, "GET, HEAD, POST")
    assert app.asked == []


def test_bodies_that_trickle_keep_nobody_out_and_come_to_an_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in (("PROMPT", 0.1), ("SLOW_PER_CLIENT", 16), ("SLOW_TOGETHER", 40)):
        monkeypatch.setattr(bodies, name, value)
    monkeypatch.setattr(bodies, "seconds_for", lambda length: 0.6)
    app = Pages()
    door = Gate(app)

    async def trickle(number: int) -> int:
        given = await ask(
            door, "/subscribe", method="POST", receive=silent(b"email="),
            headers={"Content-Length": "100000"}, client=f"2001:db8:0:{number % 50:x}::{number:x}",
        )  # fmt: skip
        assert given.headers["connection"] == "close"
        return given.status

    async def story() -> tuple[Counter[int], list[int]]:
        slow = [asyncio.create_task(trickle(number)) for number in range(2000)]
        await asyncio.sleep(0.3)
        read = [(await ask(door, "/archive")).status for _ in range(20)]
        sent = await ask(door, "/subscribe", method="POST", receive=whole(b"a=b"),
                         headers={"Content-Length": "3"})  # fmt: skip
        assert app.bodies[-1] == b"a=b"
        return Counter(await asyncio.gather(*slow)), [*read, sent.status]

    counts, others = asyncio.run(story())
    assert set(others) == {200}
    assert counts == {408: 40, 429: 1960}
    assert {scope["path"] for scope in app.asked[:20]} == {"/archive"}


def test_one_household_has_few_slow_bodies_however_many_addresses_it_shows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bodies, "PROMPT", 0.05)
    monkeypatch.setattr(bodies, "seconds_for", lambda length: 0.3)
    door = Gate(Pages())

    async def story() -> Counter[int]:
        given = [
            ask(door, "/subscribe", method="POST", receive=silent(b"x"),
                headers={"Content-Length": "10"}, client=f"2001:db8:7:7::{number:x}")
            for number in range(60)
        ]  # fmt: skip
        return Counter(each.status for each in await asyncio.gather(*given))

    assert asyncio.run(story()) == {408: traffic.SLOW_PER_CLIENT, 429: 60 - traffic.SLOW_PER_CLIENT}


@pytest.mark.parametrize(
    ("path", "announced", "status"),
    [
        ("/subscribe", traffic.FORM_BYTES + 1, 413),
        ("/hooks/whatsapp", traffic.HOOK_BYTES + 1, 413),
        ("/hooks/websub/t", traffic.FORM_BYTES + 1, 200),
        ("/hooks/websub/t", 5 * 1024 * 1024 + 1, 413),
    ],
)
def test_too_large_a_body_is_refused_before_it_is_read(
    path: str, announced: int, status: int
) -> None:
    door = Gate(Pages())
    given = ask(door, path, method="POST", headers={"Content-Length": str(announced)})
    assert asyncio.run(given).status == status


def test_a_body_of_no_announced_length_is_bounded_and_then_has_one() -> None:
    app = Pages()
    door = Gate(app)
    chunked = {"Transfer-Encoding": "chunked"}

    async def story() -> None:
        long = whole(b"x" * (traffic.FORM_BYTES + 1))
        assert (await ask(door, "/", method="POST", headers=chunked, receive=long)).status == 413
        short = whole(b"abc")
        assert (await ask(door, "/", method="POST", headers=chunked, receive=short)).status == 200

    asyncio.run(story())
    (scope,) = app.asked
    assert (b"content-length", b"3") in scope["headers"]
    assert not any(name == b"transfer-encoding" for name, _ in scope["headers"])


@pytest.mark.parametrize(("path", "query"), [("/a\0b", ""), ("/archive", "newsletter=a%00"),
                                             ("/archive", "%00=1")])  # fmt: skip
def test_a_nul_in_an_address_goes_no_further(path: str, query: str) -> None:
    app = Pages()
    assert asyncio.run(ask(Gate(app), path, query=query)).status == 400
    assert not app.asked


def test_it_says_that_it_lives_without_asking_anybody() -> None:
    app = Pages()
    assert asyncio.run(ask(Gate(app), "/health/live")).status == 200
    assert not app.asked


def test_a_client_that_takes_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "ANSWER_SECONDS", 0.1)
    app = Pages()

    async def stuck(message: object) -> None:
        await asyncio.Event().wait()

    async def story() -> None:
        scope = {"type": "http", "method": "GET", "path": "/desk/", "headers": []}
        async with asyncio.timeout(5):
            await Gate(app)(scope, whole(), stuck)

    asyncio.run(story())
    assert app.at_once == 0


@pytest.mark.parametrize("path", ["/subscribe", "/embed", "/link", "/desk/sign-in"])
def test_a_form_tells_nobody_by_its_time_whether_an_address_is_known(path: str) -> None:
    async def took(seconds: float, method: str = "POST") -> float:
        door = Gate(Pages(seconds, location="/sent"))
        began = time.monotonic()
        given = await ask(door, path, method=method, receive=whole(b"a=b"))
        assert (given.status, given.headers["location"]) == (200, "/sent")
        return time.monotonic() - began

    async def both() -> list[float]:
        return [await took(0.0), await took(0.1)]

    times = asyncio.run(both())
    # Both at the same step, or a later one where the machine was late.
    assert all(each >= traffic.STEP for each in times)
    # A page is not made to wait; on a busy machine not every one comes at once.
    assert min(asyncio.run(took(0.0, "GET")) for _ in range(5)) < traffic.STEP


def test_an_answer_that_waits_for_its_time_holds_no_place() -> None:
    door = Gate(Pages())

    async def many() -> list[int]:
        asked = [ask(door, "/subscribe", method="POST", receive=whole(b"a")) for _ in range(100)]
        return [each.status for each in await asyncio.gather(*asked)]

    assert set(asyncio.run(many())) == {200}
