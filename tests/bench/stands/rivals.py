"""What others make of the same bytes: smtp-source, smtplib and aiosmtplib, without any ledger."""

import asyncio
import smtplib
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from functools import cache

import aiosmtplib

from tests.bench.relay import tool


def sample(keys: dict[str, str] | None = None) -> bytes:
    """One reader's mail of the bench, as it goes over the wire."""
    from digest.outbound.channels.email.dkim import signers_of
    from digest.outbound.channels.email.mime import MimeSender, template
    from digest.outbound.messages.message import Copy, Endpoint, ReaderLinks
    from tests.bench import mail

    words = mail.words()
    links = ReaderLinks(
        "https://meridian.example/unsubscribe/s2s.AAAAAAAAAAAAAAAAAAAA",
        "https://meridian.example/preferences/2s.AAAAAAAAAAAAAAAAAAAA",
    )
    copy = Copy("1-100", words, Endpoint("reader100@readers.example"), links)
    given = keys or {}
    signers = signers_of(
        "meridian.example",
        rsa=("digest", given.get("DIGEST_DKIM_KEY", "")),
        ed25519=("digest-ed", given.get("DIGEST_DKIM_SECOND_KEY", "")),
    )
    sender = MimeSender("The Meridian", "news@meridian.example", "meridian.example")
    return template(words, sender).copy(copy, "Mon, 23 Nov 2026 08:00:00 +0000", signers)


@cache
def _plain() -> bytes:
    return sample()


def smtp_source(smtp: str, connections: int, mails: int) -> float | None:
    """Postfix's own load generator, in C; mails a second, or None when it is not installed."""
    binary = tool("smtp-source")
    if binary is None:
        return None
    with tempfile.NamedTemporaryFile() as file:
        file.write(_plain().replace(b"\r\n", b"\n"))
        file.flush()
        words = ["-s", str(connections), "-m", str(mails), "-d", "-F", file.name]
        words += ["-f", "a@meridian.example", "-t", "reader@readers.example", f"inet:{smtp}"]
        began = time.perf_counter()
        done = subprocess.run([binary, *words], check=False, capture_output=True, timeout=600)
        took = time.perf_counter() - began
    return mails / took if done.returncode == 0 else None


def stdlib(smtp: str, connections: int, mails: int) -> float:
    """smtplib in as many threads; mails a second."""
    host, _, port = smtp.rpartition(":")
    content = _plain()

    def work(count: int) -> None:
        with smtplib.SMTP(host, int(port)) as client:
            for _ in range(count):
                client.sendmail("a@meridian.example", ["reader@readers.example"], content)

    threads = [
        threading.Thread(target=work, args=(share,)) for share in _shares(mails, connections)
    ]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return mails / (time.perf_counter() - began)


def aio(smtp: str, connections: int, mails: int) -> float:
    """aiosmtplib in as many tasks; mails a second."""
    host, _, port = smtp.rpartition(":")
    content = _plain()

    async def work(count: int) -> None:
        client = aiosmtplib.SMTP(hostname=host, port=int(port), start_tls=False)
        await client.connect()
        for _ in range(count):
            await client.sendmail("a@meridian.example", ["reader@readers.example"], content)
        client.close()  # no QUIT: the sink hangs up at once, which the library takes for a fault

    async def every() -> None:
        await asyncio.gather(*(work(share) for share in _shares(mails, connections)))

    began = time.perf_counter()
    asyncio.run(every())
    return mails / (time.perf_counter() - began)


def _shares(mails: int, connections: int) -> list[int]:
    even, rest = divmod(mails, connections)
    return [even + (number < rest) for number in range(connections)]


RIVALS: dict[str, Callable[[str, int, int], float | None]] = {
    "smtp-source": smtp_source,
    "smtplib": stdlib,
    "aiosmtplib": aio,
}
