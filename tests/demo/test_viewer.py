"""The local mailbox shows what was sent, and lets nothing in a mail act on the page around it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st

from digest.demo.viewer import application
from digest.management import stand_ins
from digest.outbound.channels.whatsapp.marks import spoken

Ask = Callable[[TestClient], Awaitable[None]]


def looking(folder: Path, ask: Ask) -> None:
    async def run() -> None:
        async with TestClient(
            TestServer(application(stand_ins.shown(("email", "whatsapp"), folder)))
        ) as client:
            await ask(client)

    asyncio.run(run())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mailbox" / "new").mkdir(parents=True)
    (tmp_path / "whatsapp").mkdir()
    message = EmailMessage()
    message["From"] = "The Meridian <news@meridian.example>"
    message["To"] = "reader@example.org"
    message["Subject"] = "Morning <script>alert(1)</script> briefing"
    message["List-Unsubscribe"] = "<https://meridian.example/unsubscribe/x>"
    message.set_content("Plain words & more")
    message.add_alternative("<p>Rich <b>words</b></p><script>bad()</script>", subtype="html")
    (tmp_path / "mailbox" / "new" / "1.eml").write_bytes(bytes(message))
    return tmp_path


def test_mails_are_listed_newest_first_and_escaped(folder: Path) -> None:
    later = EmailMessage()
    later["Subject"] = "Later"
    later.set_content("x")
    (folder / "mailbox" / "new" / "2.eml").write_bytes(bytes(later))

    async def ask(client: TestClient) -> None:
        page = await (await client.get("/")).text()
        assert page.index("Later") < page.index("briefing")
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page

    looking(folder, ask)


def test_a_mail_opens_with_headers_text_and_a_sandboxed_page(folder: Path) -> None:
    async def ask(client: TestClient) -> None:
        text = await (await client.get("/email/1.eml?as=text")).text()
        assert "Plain words &amp; more" in text
        assert "List-Unsubscribe" in text
        page = await (await client.get("/email/1.eml")).text()
        assert "<iframe" in page
        assert 'sandbox="' in page
        assert "bad()" not in page
        inner = await client.get("/email/1.eml/html")
        assert "Rich <b>words</b>" in await inner.text()
        policy = inner.headers["Content-Security-Policy"]
        assert "sandbox" in policy
        assert "allow-scripts" not in policy
        assert "default-src 'none'" in policy

    looking(folder, ask)


@pytest.mark.parametrize("name", ["../secret.eml", "..%2Fsecret.eml", "%2Fetc%2Fpasswd", "no.eml"])
def test_only_files_of_the_folder_can_be_opened(folder: Path, name: str) -> None:
    (folder / "mailbox" / "secret.eml").write_text("Subject: secret\n\nsecret")

    async def ask(client: TestClient) -> None:
        assert (await client.get(f"/email/{name}")).status == 404

    looking(folder, ask)


def test_an_empty_or_missing_folder_says_where_mail_will_land(tmp_path: Path) -> None:
    async def ask(client: TestClient) -> None:
        assert str(tmp_path / "none" / "mailbox") in await (await client.get("/")).text()
        assert (await client.get("/whatsapp")).status == 200
        assert (await client.get("/raven")).status == 404

    looking(tmp_path / "none", ask)


def test_whatsapp_messages_show_as_bubbles_with_their_marks(folder: Path) -> None:
    template = {
        "at": 1_795_000_000,
        "preview": "One <b>",
        "request": {"to": "6591234567", "type": "template", "template": {"name": "top_reads_3"}},
    }
    text = {
        "preview": "*Breaking* _now_ https://x.y",
        "request": {"to": "6590000000", "type": "text"},
    }
    lines = "\n".join([json.dumps(template), json.dumps(text), "[1]", '{"half a li'])
    (folder / "whatsapp" / "messages.jsonl").write_text(lines)

    async def ask(client: TestClient) -> None:
        page = await (await client.get("/whatsapp")).text()
        assert "One &lt;b&gt;" in page
        assert "· top_reads_3 · 7 characters" in page
        assert "<b>Breaking</b> <i>now</i>" in page
        # A press follows it: what a reader is to confirm, for one.
        assert '<a class="url" href="https://x.y" rel="noreferrer">https://x.y</a>' in page

    looking(folder, ask)


def test_a_link_that_is_a_button_stands_below_its_message(folder: Path) -> None:
    record = {
        "preview": "*Breaking*",
        "buttons": [["Read <it>", "https://x.y/?a=1&b=2"], ["Run", "javascript:alert(1)"]],
        "request": {"to": "6591234567", "type": "template", "template": {"name": "alert_button"}},
    }
    (folder / "whatsapp" / "messages.jsonl").write_text(json.dumps(record))

    async def ask(client: TestClient) -> None:
        page = await (await client.get("/whatsapp")).text()
        link = '<a class="act" href="https://x.y/?a=1&amp;b=2" rel="noreferrer">Read &lt;it&gt;</a>'
        assert link in page
        assert "javascript" not in page

    looking(folder, ask)


PICTURE = "https://wire.example/f.jpg?a=1&b=2"
# Of each channel what its stand-in takes of an alert with a picture.
PICTURED: dict[str, dict[str, object]] = {
    "whatsapp": {"preview": "*Breaking*", "picture": PICTURE, "request": {}},
    "telegram": {
        "text": "<b>Breaking</b>",
        "request": {"link_preview_options": {"url": PICTURE, "show_above_text": True}},
    },
    "webpush": {"shown": {"title": "Breaking", "body": "x", "image": PICTURE}},
    "fcm": {"message": {"notification": {"title": "Breaking", "body": "x", "image": PICTURE}}},
    "apns": {"payload": {"aps": {"alert": {"title": "Breaking"}}, "image": PICTURE}},
}


@pytest.mark.parametrize("channel", PICTURED)
def test_a_picture_stands_with_its_message(tmp_path: Path, channel: str) -> None:
    (found,) = stand_ins.shown((channel,), tmp_path)
    found.folder.mkdir(parents=True)
    told = json.dumps(PICTURED[channel])
    (found.folder / "messages.jsonl").write_text(told + "\n" + told.replace("https:", "data:"))

    async def run() -> str:
        async with TestClient(TestServer(application((found,)))) as client:
            return await (await client.get(f"/{channel}")).text()

    page = asyncio.run(run())
    seen = f'<img class="shot" src="{PICTURE.replace("&", "&amp;")}" alt="" '
    assert page.count(seen) == 1 and page.count("<img") == 1


def test_what_was_not_delivered_shows_no_picture(folder: Path) -> None:
    record = PICTURED["whatsapp"] | {"failed": "Meta could not fetch it."}
    (folder / "whatsapp" / "messages.jsonl").write_text(json.dumps(record))

    async def ask(client: TestClient) -> None:
        page = await (await client.get("/whatsapp")).text()
        assert "<img" not in page and "not delivered" in page

    looking(folder, ask)


@given(st.text(alphabet="ab*_ \nhttps:/.é", max_size=60))
def test_marks_never_lose_a_word(text: str) -> None:
    said = "".join(words for _, words in spoken(text))
    assert said.replace("*", "").replace("_", "") == text.replace("*", "").replace("_", "")


def test_notifications_lie_on_a_lock_screen_and_messages_in_a_chat(tmp_path: Path) -> None:
    channels = ("whatsapp", "apns", "fcm", "webpush")
    said = {"aps": {"alert": {"title": "Ferry aground", "body": "All are safe."}}}
    for name in channels:
        (tmp_path / name).mkdir()
        record = {"at": 1_764_406_800, "id": "1", "to": "x", "payload": said, "preview": "Hello"}
        (tmp_path / name / "messages.jsonl").write_text(json.dumps(record) + "\n")

    async def ask() -> None:
        shown = stand_ins.shown(channels, tmp_path)
        async with TestClient(TestServer(application(shown))) as client:
            for name in channels:
                page = await (await client.get(f"/{name}")).text()
                is_lock = name != "whatsapp"
                assert ('class="wall lock"' in page) == is_lock, name
                assert ('class="clock"' in page) == is_lock, name
            assert "Ferry aground" in await (await client.get("/apns")).text()

    asyncio.run(ask())


def test_a_reader_writes_from_the_viewers_own_page_alone(tmp_path: Path) -> None:
    said: list[tuple[str, str]] = []

    def writes(folder: Path, address: str, words: str) -> bool:
        said.append((address, words))
        return address != "nobody"

    there = stand_ins.shown(("email", "telegram"), tmp_path)
    shown = [replace(each, stand_in=replace(each.stand_in, writes=writes)) for each in there[1:]]

    async def ask() -> None:
        async with TestClient(TestServer(application((there[0], *shown)))) as client:
            assert "/telegram/write" in await (await client.get("/telegram")).text()
            assert "/email/write" not in await (await client.get("/email")).text()
            assert (await client.get("/email/write")).status == 404
            page = await (await client.get("/telegram/write")).text()
            assert 'http-equiv="refresh"' not in page, "it would take away what is being typed"
            own = {"Origin": f"http://{client.host}:{client.port}"}
            form = {"chat": "7001", "said": "/start"}
            for origin in ({}, {"Origin": "http://elsewhere.example"}):
                assert (
                    await client.post("/telegram/write", data=form, headers=origin)
                ).status == 403
            told = await client.post(
                "/telegram/write", data=form, headers=own, allow_redirects=False
            )
            assert (told.status, told.headers["Location"]) == (303, "/telegram")
            assert (await client.post("/telegram/write", data={}, headers=own)).status == 400
            form["chat"] = "nobody"
            assert (await client.post("/telegram/write", data=form, headers=own)).status == 502

    asyncio.run(ask())
    assert said == [("7001", "/start"), ("nobody", "/start")]
