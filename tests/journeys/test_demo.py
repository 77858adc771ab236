"""The whole river in its own processes: `digest demo`, and what it left behind."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from digest.audience.core.languages import primary
from digest.demo import newsroom
from tests.deadlines import limit

_ARTICLE = re.compile(r"/a/([a-z]+-\d+)")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def run() -> Iterator[tuple[dict[str, object], Path]]:
    environment = {name: value for name, value in os.environ.items() if name != "DIGEST_WAKER"}
    finished = subprocess.run(
        [sys.executable, "-m", "digest", "demo", "--json"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=limit(280),
        check=False,
    )
    logs = Path(os.environ["DIGEST_HOME"]) / "demo" / "logs"
    assert finished.returncode == 0, finished.stderr[-3000:] + _tail(logs)
    yield json.loads(finished.stdout.splitlines()[-1]), logs


def test_it_prints_what_it_did_as_integers(run: tuple[dict[str, object], Path]) -> None:
    summary, _ = run
    counts = ("feeds", "entries", "articles", "stories", "topics", "editions", "deliveries_sent")
    assert {name: type(summary[name]) for name in counts} == dict.fromkeys(counts, int)
    assert summary["feeds"] == 22
    assert summary["articles"] == 251
    assert 10 <= summary["topics"] <= 12
    assert summary["editions"] > 1


def test_the_whatsapp_text_is_a_dated_list_within_its_limit(
    run: tuple[dict[str, object], Path],
) -> None:
    text = str(run[0]["whatsapp_text"])
    assert len(text) <= 1024
    assert text.startswith("*")
    assert "\n1. " in text and "\n3. " in text


def test_every_mail_has_both_parts_and_all_headers(run: tuple[dict[str, object], Path]) -> None:
    mails = list(_mails(Path(str(run[0]["mailbox"]))))
    assert len(mails) >= 20
    confirmations = 0
    assert len({mail["Message-ID"] for mail in mails}) == len(mails)
    for mail in mails:
        assert not mail.defects
        assert {part.get_content_type() for part in mail.iter_parts()} == {
            "text/plain",
            "text/html",
        }
        for name in ("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"):
            assert mail[name], name
        if "/confirm/" in _text(mail):
            assert mail["List-Unsubscribe"] is None
            confirmations += 1
            continue
        assert mail["List-Id"]
        assert mail["List-Unsubscribe"].startswith("<http")
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert mail["List-Unsubscribe"].strip("<>") in _text(mail)
    assert confirmations == len(newsroom.readers())


def test_no_reader_got_the_same_thing_twice(run: tuple[dict[str, object], Path]) -> None:
    got = [(mail["To"], mail["Subject"]) for mail in _mails(Path(str(run[0]["mailbox"])))]
    assert len(got) == len(set(got))


def test_every_digest_holds_only_its_readers_languages_and_no_event_twice(
    run: tuple[dict[str, object], Path],
) -> None:
    told = {each.id: each for each in newsroom.articles()}
    readers = {each.addresses["email"]: each for each in newsroom.readers()}
    digests = {
        str(mail["To"]): mail
        for mail in _mails(Path(str(run[0]["mailbox"])))
        if "your-topics" in str(mail["List-Id"])
    }
    # A quiet topic may leave one without anything new, and nobody gets an empty mail.
    assert len(digests) >= len(readers) - 2
    for address, mail in digests.items():
        reader = readers[address]
        items = [told[name] for name in dict.fromkeys(_ARTICLE.findall(_text(mail)))]
        assert items, address
        assert {primary(each.lang) for each in items} <= set(reader.languages), address
        assert Counter(each.event for each in items).most_common(1)[0][1] == 1, address
        assert str(mail["Content-Language"]) == reader.locale


def test_no_story_reached_a_reader_twice(run: tuple[dict[str, object], Path]) -> None:
    """An alert goes first, then the newsletter, then the digest without what those told."""
    told = {each.id: each.event for each in newsroom.articles()}
    letters: dict[str, set[str]] = {}
    for mail in _mails(Path(str(run[0]["mailbox"]))):
        if "morning-briefing" in str(mail["List-Id"]):
            letters[str(mail["To"])] = {told[each] for each in _ARTICLE.findall(_text(mail))}
    assert letters
    for mail in _mails(Path(str(run[0]["mailbox"]))):
        if "your-topics" in str(mail["List-Id"]):
            events = {told[each] for each in _ARTICLE.findall(_text(mail))}
            assert not events & letters.get(str(mail["To"]), set())


def test_no_log_holds_a_traceback(run: tuple[dict[str, object], Path]) -> None:
    told = [path.name for path in run[1].glob("*.log") if "Traceback" in path.read_text()]
    assert not told, _tail(run[1])


def _mails(mailbox: Path) -> Iterator[EmailMessage]:
    for path in sorted((mailbox / "new").glob("*.eml")):
        yield message_from_bytes(path.read_bytes(), policy=policy.default)  # type: ignore[misc]


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def _tail(logs: Path) -> str:
    return "\n".join(f"{path.name}: {path.read_text()[-1500:]}" for path in logs.glob("*.log"))
