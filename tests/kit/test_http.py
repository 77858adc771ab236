"""Fetches reach the open internet and nothing else, and end."""

import asyncio
import contextlib
import gzip
import zlib
from collections.abc import Iterator

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.kit import http
from digest.kit.fetching import expand
from digest.kit.fetching.expand import zstd
from tests.fakes import feeds
from tests.fakes.feeds import FeedServer


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


def get(url: str, *, allow_private: bool = True, **options: object) -> http.Response:
    async def run() -> http.Response:
        async with (
            http.session(user_agent="test", allow_private=allow_private) as session,
            http.get(session, url, **options) as answer,  # type: ignore[arg-type]
        ):
            return answer

    return asyncio.run(run())


INSIDE = """127.0.0.1 127.8.8.8 0.0.0.0 0.1.2.3 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1
    169.254.169.254 100.64.0.1 100.100.100.200 168.63.129.16 192.0.0.192 192.0.2.1 198.18.0.1
    198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
    ::1 :: fe80::1 fe80::1%eth0 fc00::1 fd00:ec2::254 fec0::1 ff02::1 2001:db8::1
    ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::127.0.0.1 ::7f00:1
    64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 2002:7f00:1:: 2001:0:4136:e378::1
    localhost 0x7f.1 2130706433"""
OUTSIDE = "1.1.1.1 93.184.216.34 2606:4700:4700::1111 ::ffff:1.1.1.1 64:ff9b::101:101"
SPELLINGS = """127.0.0.1 localhost [::1] [::ffff:127.0.0.1] 0.0.0.0 169.254.169.254 0x7f.1 127.1
    2130706433 [::ffff:7f00:1] 10.1.2.3 LOCALHOST. 017700000001"""


@pytest.mark.parametrize("address", INSIDE.split())
def test_addresses_inside_are_not_public(address: str) -> None:
    assert not http.is_public(address)


@pytest.mark.parametrize("address", OUTSIDE.split())
def test_addresses_of_the_open_internet_are_public(address: str) -> None:
    assert http.is_public(address)


@pytest.mark.parametrize("host", SPELLINGS.split())
def test_every_spelling_of_an_inside_address_is_refused(host: str, server: FeedServer) -> None:
    server.pages["/"] = feeds.body(b"secret")
    with pytest.raises(http.FetchFailed) as caught:
        get(f"http://{host}:{server.port}/", allow_private=False, seconds=5)
    assert caught.value.kind in {"blocked-address", "bad-url", "dns"}
    assert server.requests == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254"])
def test_the_refusal_names_the_setting_that_opens(host: str) -> None:
    with pytest.raises(http.BlockedAddress, match="DIGEST_ALLOW_PRIVATE_FETCH=1"):
        get(f"http://{host}:8009/", allow_private=False)


def test_a_redirect_into_the_inside_is_refused(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The one loopback address plays a public server; everything else inside stays shut.
    real = http.is_public
    monkeypatch.setattr(http, "is_public", lambda each: each == "127.0.0.1" or real(each))
    server.pages["/a"] = feeds.redirect(f"http://127.0.0.2:{server.port}/secret")
    with pytest.raises(http.BlockedAddress):
        get(server.url("/a"), allow_private=False)
    assert [request.path for request in server.requests] == ["/a"]


def test_a_name_that_changes_its_mind_after_the_check_is_refused(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lie(self: object, host: str, *rest: object, **named: object) -> list[object]:
        return [{"hostname": host, "host": "127.0.0.1", "port": server.port, "family": 2,
                 "proto": 6, "flags": 0}]  # fmt: skip

    monkeypatch.setattr(http._Resolver, "resolve", lie)
    with pytest.raises(http.BlockedAddress):
        get(f"http://news.example:{server.port}/", allow_private=False)
    assert server.requests == []


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://x.example/", "gopher://x.example", "javascript:alert(1)", "",
     "http://", "http://[::1", "http://x.example:99999/", "//x.example/", "http://exa mple/"],
)  # fmt: skip
def test_only_web_addresses_are_fetched(url: str) -> None:
    with pytest.raises(http.FetchFailed) as caught:
        get(url, seconds=5)
    assert caught.value.kind in {"bad-url", "dns"}


def test_a_redirect_to_another_scheme_is_refused(server: FeedServer) -> None:
    server.pages["/a"] = feeds.redirect("file:///etc/passwd")
    with pytest.raises(http.BadUrl):
        get(server.url("/a"))


def test_redirects_are_followed_and_permanent_ones_remembered(server: FeedServer) -> None:
    server.pages |= {
        "/a": feeds.redirect("/b", 301),
        "/b": feeds.redirect(server.url("/c"), 308),
        "/c": feeds.redirect("/d", 302),
        "/d": feeds.redirect("/e", 301),
        "/e": feeds.body(b"here"),
    }
    answer = get(server.url("/a"))
    assert (answer.body, answer.url, answer.moved_to) == (
        b"here", server.url("/e"), server.url("/c"),
    )  # fmt: skip


def test_circles_and_long_chains_of_redirects_end(server: FeedServer) -> None:
    server.pages |= {f"/{step}": feeds.redirect(f"/{step + 1}") for step in range(50)}
    server.pages |= {"/x": feeds.redirect("/y"), "/y": feeds.redirect("/x")}
    for start in ("/0", "/x"):
        with pytest.raises(http.RedirectLoop):
            get(server.url(start))
    assert len(server.requests) < 12


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("gzip", lambda data: data), ("utf-8", lambda data: data), ("", gzip.compress),
     ("gzip, utf-8", gzip.compress), ("gzip", gzip.compress),
     ("deflate", zlib.compress), ("br", brotli.compress),
     ("zstd", zstd.compress),
     ("zstd", lambda data: zstd.compress(data[:9]) + zstd.compress(data[9:])),
     ("deflate", lambda data: zlib.compress(data)[2:-4]),
     ("gzip", lambda data: gzip.compress(data[:100]) + gzip.compress(data[100:]) + b"\0\0"),
     ("identity", bytes)],
)  # fmt: skip
def test_packed_bodies_are_expanded(encoding: str, pack: object, server: FeedServer) -> None:
    words = b"".join(b"line %d\n" % number for number in range(20000))
    server.pages["/"] = feeds.body(pack(words), Content_Encoding=encoding)  # type: ignore[operator]
    assert get(server.url()).body == words


PACKERS = {"gzip": gzip.compress, "br": brotli.compress, "zstd": zstd.compress}


@pytest.mark.parametrize("name", PACKERS)
def test_a_bomb_is_stopped_at_the_cap(name: str, server: FeedServer) -> None:
    bomb = PACKERS[name](b"\0" * 50_000_000)
    server.pages["/"] = feeds.body(bomb, Content_Encoding=name)
    with pytest.raises(http.TooLarge, match="1 MiB"):
        get(server.url(), max_bytes=1024 * 1024)


@given(
    st.sampled_from(sorted(PACKERS)),
    st.lists(st.binary(max_size=300), max_size=30).map(lambda parts: b"".join(parts * 7)),
    st.lists(st.integers(1, 200), min_size=1, max_size=20),
)
def test_however_a_packed_body_is_cut_it_expands_to_the_same(
    name: str, body: bytes, cuts: list[int]
) -> None:
    packed, whole, found = PACKERS[name](body), expand.expander(name), b""
    place = turn = 0
    while place < len(packed):
        step = cuts[turn % len(cuts)]
        found += b"".join(whole.pieces(packed[place : place + step]))
        place, turn = place + step, turn + 1
    assert whole.complete()
    assert found == body


def test_a_body_without_end_is_stopped_at_the_cap(server: FeedServer) -> None:
    server.pages["/"] = feeds.endless(b"x" * 65536)
    with pytest.raises(http.TooLarge):
        get(server.url(), max_bytes=300_000)


def test_a_body_of_exactly_the_cap_is_read(server: FeedServer) -> None:
    server.pages["/"] = feeds.body(b"x" * 1000)
    assert len(get(server.url(), max_bytes=1000).body) == 1000
    with pytest.raises(http.TooLarge):
        get(server.url(), max_bytes=999)


def test_a_server_that_stalls_runs_into_the_time_limit(server: FeedServer) -> None:
    server.pages["/"] = feeds.stalled(b"<rss>")
    with pytest.raises(http.TookTooLong, match=r"0\.3 seconds"):
        get(server.url(), seconds=0.3)


def wide(data: bytes) -> bytes:
    """Packed with a window of 128 MB, more than RFC 9659 grants."""
    packer = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 27})
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    "reply",
    [feeds.dropped(b"<rss>", 9999), feeds.garbage(b""), feeds.garbage(b"SSH-2.0-x\r\n"),
     feeds.body(b"\x1f\x8b", Content_Encoding="gzip"),
     feeds.body(b"\x1f\x8b\x08not gzip", Content_Encoding="gzip"),
     feeds.body(gzip.compress(b"x" * 9999)[:-20], Content_Encoding="gzip"),
     feeds.body(b"\xff\xff\xff", Content_Encoding="br"),
     feeds.body(b"\xff\xff\xff\xff", Content_Encoding="zstd"),
     feeds.body(zstd.compress(b"x" * 9999)[:-5], Content_Encoding="zstd"),
     feeds.body(wide(b"x" * 9999), Content_Encoding="zstd"),
     feeds.body(b"x", Content_Encoding="compress"),
     feeds.garbage(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n")],
)  # fmt: skip
def test_broken_answers_are_named(reply: feeds.Reply, server: FeedServer) -> None:
    server.pages["/"] = reply
    with pytest.raises(http.CannotConnect, match=r"127\.0\.0\.1"):
        get(server.url())


def test_nobody_there_is_named() -> None:
    with pytest.raises(http.CannotConnect, match="does not accept connections"):
        get("http://127.0.0.1:1/")


def test_tls_to_a_plain_server_is_named() -> None:
    async def run() -> None:
        async def shout(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"220 not a secure server\r\n")
            await writer.drain()
            writer.close()

        plain = await asyncio.start_server(shout, "127.0.0.1", 0)
        port = plain.sockets[0].getsockname()[1]
        async with (
            plain,
            http.session(user_agent="test", allow_private=True) as session,
            http.get(session, f"https://127.0.0.1:{port}/", seconds=5),
        ):
            pass

    with pytest.raises(http.BadCertificate, match="cannot be trusted"):
        asyncio.run(run())


def test_an_error_status_keeps_its_headers(server: FeedServer) -> None:
    server.pages["/"] = feeds.status(429, Retry_After="120")
    with pytest.raises(http.BadStatus, match="less often") as caught:
        get(server.url())
    assert (caught.value.status, caught.value.headers["retry-after"]) == (429, "120")


def test_cookies_are_not_kept(server: FeedServer) -> None:
    server.pages |= {
        "/a": feeds.status(302, Location="/b", Set_Cookie="a=b"),
        "/b": feeds.body(b"x", Set_Cookie="c=d"),
    }

    async def twice() -> None:
        async with http.session(user_agent="test", allow_private=True) as session:
            for path in ("/a", "/b"):
                async with http.get(session, server.url(path)):
                    pass

    asyncio.run(twice())
    assert all("cookie" not in request.headers for request in server.requests)


@pytest.mark.parametrize("ends", ["well", "by an error", "handed on"])
def test_a_large_answer_gives_its_permit_back_when_its_block_is_left(
    server: FeedServer, ends: str
) -> None:
    server.pages["/"] = feeds.body(b"x" * (http.SMALL_BYTES + 1))

    async def run() -> None:
        async with http.session(user_agent="test", allow_private=True) as session:
            for _ in range(http.LARGE_AT_ONCE + 1):
                permit = None
                with contextlib.suppress(KeyError):
                    async with http.get(session, server.url(), seconds=5) as answer:
                        if ends == "by an error":
                            raise KeyError(answer.status)
                        permit = answer.keep() if ends == "handed on" else None
                if permit is not None:
                    permit.release()
                    permit.release()

    asyncio.run(run())
