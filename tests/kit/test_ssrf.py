"""No address that a stranger can write leads inside: not directly, not by redirect or look-up."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from aiohttp.abc import ResolveResult

from digest.kit import http
from tests.fakes import feeds
from tests.fakes.feeds import FeedServer

# Spellings of this machine: the listener would take the connection.
LOOPBACK = """127.0.0.1 127.0.0.2 127.255.255.254 127.1 127.0.1 2130706433 0x7f000001 0X7F000001
    0x7f.1 0x7f.0x0.0x0.0x1 0177.0.0.1 017700000001 0177.0.0.01 127.000.000.001 0 0x0 0.0.0.0 00
    localhost LOCALHOST localhost. LocalHost 127.0.0.1. [::1] [::] [0:0:0:0:0:0:0:1] [0000::0001]
    [::ffff:127.0.0.1] [::ffff:7f00:1] [0:0:0:0:0:ffff:127.0.0.1] [::ffff:0:127.0.0.1]
    [::127.0.0.1] [::7f00:1] [::ffff:0.0.0.0] [::1%25lo] [::1%lo]
    [64:ff9b::7f00:1] [64:ff9b::127.0.0.1] [64:ff9b:1::7f00:1] [2002:7f00:1::] [2002:7f00:1::1]
    ①②⑦.⓪.⓪.① １２７.0.0.1 127。0。0。1 ⓛocalhost %31%32%37.0.0.1 127.0.0.1%00.example
    user@127.0.0.1 user:word@127.0.0.1 news.example@127.0.0.1 news.example:80@127.0.0.1
    news.example%40127.0.0.1 news.example%23@127.0.0.1 news.example\\@127.0.0.1
    127.0.0.1\\@news.example 127.0.0.1\\.news.example"""
# Other networks that must not be tried at all.
ELSEWHERE = """10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1 192.168.1.254
    100.64.0.1 100.127.255.255 169.254.0.1 169.254.169.254 169.254.170.2 2852039166
    0xa9fea9fe 0xa9.0xfe.43518 0251.0376.0251.0376 100.100.100.200 168.63.129.16
    192.0.0.192 192.0.2.1 198.18.0.1 198.51.100.1
    203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 [fe80::1] [fe80::1%25eth0]
    [fc00::1] [fd00:ec2::254] [fec0::1] [ff02::1] [2001:db8::1]
    [2001:0:4136:e378:8000:63bf:3fff:fdd2]
    [::ffff:10.0.0.1] [::ffff:169.254.169.254] [::ffff:a9fe:a9fe] [64:ff9b::a9fe:a9fe]
    [64:ff9b::10.0.0.1] [2002:a9fe:a9fe::] [2002:0a00:0001::] [100::1] [5f00::1]"""
OTHER_SCHEMES = """file:///etc/passwd file://127.0.0.1/etc/passwd ftp://127.0.0.1:{port}/
    gopher://127.0.0.1:{port}/_GET dict://127.0.0.1:{port}/info ldap://127.0.0.1:{port}/
    jar:http://127.0.0.1:{port}/!/ data:text/xml,<rss/> javascript:alert(1) unix:///run/docker.sock
    http+unix://%2Frun%2Fdocker.sock/ http:127.0.0.1:{port}/ http:/127.0.0.1:{port}/
    http:///127.0.0.1:{port}/ http://:{port}/ view-source:http://127.0.0.1:{port}/
    ws://127.0.0.1:{port}/
    HTTP://127.0.0.1:{port}/ hTtPs://localhost:{port}/"""
KINDS = {"blocked-address", "bad-url", "dns"}
FRONT = "127.0.0.9"


class Listener:
    """Listens wherever this machine answers, and counts who connects."""

    def __init__(self) -> None:
        self.connections = 0
        self._sockets = []
        four = socket.create_server(("0.0.0.0", 0), backlog=64)
        self.port = four.getsockname()[1]
        self._sockets.append(four)
        if socket.has_ipv6:
            try:
                six = socket.create_server(("::", self.port), family=socket.AF_INET6)
                self._sockets.append(six)
            except OSError:
                pass
        for each in self._sockets:
            threading.Thread(target=self._count, args=(each,), daemon=True).start()

    def _count(self, listening: socket.socket) -> None:
        while True:
            try:
                taken, _ = listening.accept()
            except OSError:
                return
            self.connections += 1
            taken.close()

    def close(self) -> None:
        for each in self._sockets:
            each.shutdown(socket.SHUT_RDWR)
            each.close()


@pytest.fixture(scope="module")
def inside() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture
def front(monkeypatch: pytest.MonkeyPatch) -> Iterator[FeedServer]:
    """A server of the open internet, as which one loopback address is taken."""
    real = http.is_public
    monkeypatch.setattr(http, "is_public", lambda each: each == FRONT or real(each))
    with FeedServer(host=FRONT) as server:
        yield server


def refusal(url: str) -> str:
    async def run() -> str:
        async with http.session(user_agent="test") as session:
            try:
                async with http.get(session, url, seconds=8):
                    pass
            except http.FetchFailed as error:
                return error.kind
        return "reached"

    return asyncio.run(run())


def test_the_listener_hears_who_does_connect(inside: Listener) -> None:
    before = inside.connections
    with socket.create_connection(("127.0.0.1", inside.port)) as connection:
        connection.recv(1)
    assert inside.connections == before + 1


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", LOOPBACK.split())
def test_no_spelling_of_this_machine_is_reached(host: str, scheme: str, inside: Listener) -> None:
    before = inside.connections
    assert refusal(f"{scheme}://{host}:{inside.port}/feed.xml") in KINDS
    assert inside.connections == before


@pytest.mark.parametrize("host", ELSEWHERE.split())
def test_no_other_network_inside_is_tried(host: str) -> None:
    assert refusal(f"http://{host}/latest/meta-data/") in {"blocked-address", "bad-url"}


@pytest.mark.parametrize("url", OTHER_SCHEMES.split())
def test_nothing_but_the_web_is_spoken(url: str, inside: Listener) -> None:
    before = inside.connections
    assert refusal(url.format(port=inside.port)) in KINDS
    assert inside.connections == before


@pytest.mark.parametrize("port", [0, 1, 22, 25, 110, 143, 389, 465, 587, 993, 2049, 6000, 6667])
def test_ports_of_other_services_are_not_asked(port: int) -> None:
    assert refusal(f"http://1.1.1.1:{port}/") == "bad-url"


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_the_front_redirects_where_it_may(code: int, front: FeedServer) -> None:
    front.pages |= {"/a": feeds.redirect("/b", code), "/b": feeds.body(b"x")}
    assert refusal(f"http://{FRONT}:{front.port}/a") == "reached"


@pytest.mark.parametrize("target", [*LOOPBACK.split(), *OTHER_SCHEMES.split()])
def test_no_redirect_leads_inside(target: str, front: FeedServer, inside: Listener) -> None:
    before = inside.connections
    if ":/" in target or target.startswith(("http:", "data:", "jar:", "javascript:")):
        url = target.format(port=inside.port)
    else:
        url = f"http://{target}:{inside.port}/"
    # As some servers write them: UTF-8 in percent signs, since a header is Latin-1.
    front.pages["/a"] = feeds.redirect(quote(url, safe="/:@%[]\\<>,;()!+?=#."))
    # A path that begins with a colon's left side is the front's own, and not there.
    assert refusal(f"http://{FRONT}:{front.port}/a") in {*KINDS, "http-status"}
    assert inside.connections == before


@pytest.mark.parametrize(
    "how",
    [
        "//127.0.0.1:{port}/",
        "\\\\127.0.0.1:{port}/",
        "/\\127.0.0.1:{port}/",
        "////127.0.0.1:{port}/",
        " http://127.0.0.1:{port}/ ",
        "http://127.0.0.1:{port}\\@x.example/",
        "http://a@127.0.0.1:{port}/",
    ],
)
def test_no_relative_redirect_leads_inside(how: str, front: FeedServer, inside: Listener) -> None:
    before = inside.connections
    front.pages["/a"] = feeds.redirect(how.format(port=inside.port))
    assert refusal(f"http://{FRONT}:{front.port}/a") in {*KINDS, "http-status"}
    assert inside.connections == before


def test_a_redirect_with_a_user_name_is_refused(front: FeedServer) -> None:
    front.pages |= {"/a": feeds.redirect(f"http://news.example@{FRONT}:{front.port}/b"),
                    "/b": feeds.body(b"x")}  # fmt: skip
    assert refusal(f"http://{FRONT}:{front.port}/a") == "bad-url"
    assert not front.asked("/b")


def answers(port: int, *hosts: str) -> list[ResolveResult]:
    return [
        ResolveResult(hostname="news.example", host=host, port=port, proto=6,
                      family=socket.AF_INET6 if ":" in host else socket.AF_INET,
                      flags=socket.AI_NUMERICHOST)
        for host in hosts
    ]  # fmt: skip


@pytest.mark.parametrize(
    "found",
    [["127.0.0.1"], ["::1"], ["169.254.169.254"], ["10.0.0.1", "127.0.0.1"],
     ["::ffff:127.0.0.1"], ["64:ff9b::7f00:1"], ["fe80::1%lo"], ["0.0.0.0"]],
)  # fmt: skip
def test_a_name_that_points_inside_is_refused(
    found: list[str], inside: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = inside.connections
    monkeypatch.setattr(http._Resolver, "look_up", lambda *_: answers(inside.port, *found))
    assert refusal(f"http://news.example:{inside.port}/") == "blocked-address"
    assert inside.connections == before


def test_of_a_name_with_both_only_the_outside_is_connected_to(
    front: FeedServer, inside: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = inside.connections
    front.pages["/a"] = feeds.body(b"x")
    monkeypatch.setattr(
        http._Resolver, "look_up", lambda *_: answers(front.port, "127.0.0.1", FRONT)
    )
    assert refusal(f"http://news.example:{front.port}/a") == "reached"
    assert len(front.asked("/a")) == 1 and inside.connections == before


def test_a_name_that_moves_inside_between_two_hops_is_refused(
    front: FeedServer, inside: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = inside.connections
    turns = iter([answers(front.port, FRONT), answers(inside.port, "127.0.0.1")])
    monkeypatch.setattr(http._Resolver, "look_up", lambda *_: next(turns))
    front.pages["/a"] = feeds.redirect(f"http://again.example:{inside.port}/")
    assert refusal(f"http://news.example:{front.port}/a") == "blocked-address"
    assert inside.connections == before
