"""The sample newsroom on the air: every document of it, and a small server that knows 304.

Run ``python -m digest.demo.feeds --port 0`` and read the base URL from the first line.
"""

import argparse
import hashlib
import signal
import socketserver
import threading
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import urlsplit

from digest.demo.documents import (
    MEDIA_TYPES,
    article_page,
    feed_document,
    index_page,
    opml,
    outlet_page,
)
from digest.demo.newsroom import articles, outlets
from digest.demo.pictures import landscape

Documents = dict[str, tuple[str, bytes]]
_HTML = "text/html; charset=utf-8"


def build_feeds(
    now: datetime, base_url: str = "http://127.0.0.1:8010", service: str = ""
) -> Documents:
    """Every document of the sample newsroom by path, dated relative to ``now``.

    ``service``: the address of the Digest whose boxes end the articles; without one there are none.
    """
    base = base_url.rstrip("/")
    pages: Documents = {
        "/": (_HTML, index_page(outlets(), base).encode()),
        "/feeds.opml": ("text/x-opml; charset=utf-8", opml(outlets(), base).encode()),
    }
    for outlet in outlets():
        own = [one for one in articles() if one.outlet == outlet.slug]
        pages[f"/{outlet.slug}/"] = (_HTML, outlet_page(outlet, own, base).encode())
        for feed in outlet.feeds:
            carried = [one for one in own if feed.carries(one)]
            text = feed_document(outlet, feed, carried, now, base)
            pages[feed.path] = (
                f"{MEDIA_TYPES[feed.format]}; charset={feed.encoding}",
                text.encode(feed.encoding, "xmlcharrefreplace"),
            )
        for one in own:
            pages[one.path] = (_HTML, article_page(outlet, one, now, base, service).encode())
            for picture in one.pictures:
                if picture not in pages:
                    slug = picture.removeprefix("/images/").removesuffix(".png")
                    pages[picture] = ("image/png", landscape(slug))
    return pages


def feed_urls(base_url: str) -> list[str]:
    """The addresses of all feeds on a server with this base URL."""
    base = base_url.rstrip("/")
    return [base + feed.path for outlet in outlets() for feed in outlet.feeds]


class SampleServer:
    """A running server of the sample newsroom; close it, or use it in a ``with`` statement."""

    def __init__(
        self, host: str, port: int, now: datetime, base_url: str = "", service: str = ""
    ) -> None:
        handler = partial(_Handler, self)
        self._http = _Listener((host, port), handler)
        self.port: int = self._http.server_address[1]
        self.url = base_url.rstrip("/") or f"http://{host}:{self.port}"
        self.modified = now.astimezone(UTC).replace(microsecond=0)
        self.documents = build_feeds(now, self.url, service)
        self.tags = {path: _etag(body) for path, (_, body) in self.documents.items()}
        self._thread = threading.Thread(target=self._http.serve_forever, daemon=True)
        self._thread.start()

    @property
    def feed_urls(self) -> list[str]:
        """The addresses of all feeds here."""
        return feed_urls(self.url)

    def close(self) -> None:
        """Stop answering and free the port."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(timeout=5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def serve(
    host: str = "127.0.0.1",
    port: int = 0,
    now: datetime | None = None,
    base_url: str = "",
    service: str = "",
) -> SampleServer:
    """Serve the sample newsroom from a thread; port 0 picks a free one."""
    return SampleServer(host, port, now or datetime.now(UTC), base_url, service)


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def server_bind(self) -> None:
        # HTTPServer would look up the host's name, which may wait for a resolver.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "SampleNewsroom"
    sys_version = ""
    wbufsize = 65536
    disable_nagle_algorithm = True

    def __init__(self, sample: SampleServer, *args: object) -> None:
        self._sample = sample
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def log_message(self, format: str, *args: object) -> None:
        return

    def _answer(self, *, with_body: bool) -> None:
        path = urlsplit(self.path).path
        found = self._sample.documents.get(path)
        if found is None:
            self.send_error(404)
            return
        kind, body = found
        fresh = self._unchanged(path)
        self.send_response(304 if fresh else 200)
        self.send_header("ETag", self._sample.tags[path])
        self.send_header("Last-Modified", format_datetime(self._sample.modified, usegmt=True))
        self.send_header("Cache-Control", "max-age=60")
        if not fresh:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body and not fresh:
            self.wfile.write(body)

    def _unchanged(self, path: str) -> bool:
        tags = self.headers.get("If-None-Match")
        if tags is not None:
            known = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
            return "*" in known or self._sample.tags[path] in known
        since = self.headers.get("If-Modified-Since")
        if since is None:
            return False
        try:
            moment = parsedate_to_datetime(since)
        except ValueError:
            return False
        return moment.tzinfo is not None and self._sample.modified <= moment


def _etag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:24]}"'


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def main(words: list[str] | None = None) -> int:
    """Serve until SIGTERM or Ctrl-C; the first line printed is the base URL."""
    parser = argparse.ArgumentParser(prog="python -m digest.demo.feeds", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--now", type=_moment, default=None, help="ISO 8601; the clock otherwise")
    parser.add_argument("--base-url", default="", help="when readers reach it by another address")
    parser.add_argument("--service", default="", help="the Digest whose boxes end the articles")
    chosen = parser.parse_args(words)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    given = (chosen.host, chosen.port, chosen.now, chosen.base_url, chosen.service)
    with serve(*given) as server:
        print(server.url, flush=True)
        stop.wait()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
