"""Web push as a channel: what is shown, what is asked of a push service, what answers mean."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from email.utils import formatdate
from typing import Any

import aiohttp
import pytest
from hypothesis import given

from digest.outbound.channels import lock_screen
from digest.outbound.channels.base import AnswerLost, ChannelError, Receipt, Rejected, Unreachable
from digest.outbound.channels.rendering import lint, render_alert, render_edition
from digest.outbound.channels.webpush import answers, vapid
from digest.outbound.channels.webpush.address import BrowserKeys
from digest.outbound.channels.webpush.channel import WebPush, WebPushConfig, payload
from digest.outbound.channels.webpush.encryption import MOST_PLAIN, encrypt
from digest.outbound.messages.fit import units
from digest.outbound.messages.message import Copy, Words
from digest.outbound.messages.notification import BODY_LIMIT, TITLE_LIMIT
from tests.fakes.push_service import Browser, Line, PushService, serve
from tests.outbound.samples import ALERT, EDITION, LINKS, NASTY, NEWSROOM, copy_of, edition_of

FIRST, SECOND = vapid.VapidKey(vapid.made()), vapid.VapidKey(vapid.made())
WORDS = render_alert(ALERT, "webpush", NEWSROOM)
CONTACT = "mailto:news@meridian.example"


@dataclass
class Scene:
    """A push service, a browser subscribed at it, and our channel."""

    service: PushService
    line: Line
    browser: Browser
    channel: WebPush

    def copy(self, words: Words = WORDS, **changes: Any) -> Copy:
        given = {"data": self.browser.data(self.line.key)} | changes
        return copy_of("7-11", self.service.endpoint(self.line), words, **given)

    async def send(self, words: Words = WORDS, **changes: Any) -> Receipt:
        return await self.channel.send(self.copy(words, **changes), lambda: None)

    def shown(self) -> list[dict[str, Any]]:
        return [self.browser.shown(each.body) for each in self.service.taken]


def config(**changes: Any) -> WebPushConfig:
    made = WebPushConfig((FIRST, SECOND), CONTACT, ["127.0.0.1"], "Digest", allow_private=True)
    return replace(made, **changes)


def at(play: Callable[[Scene], Coroutine[Any, Any, None]], **changes: Any) -> None:
    async def run() -> None:
        service = PushService()
        runner = await serve(service)
        channel = WebPush(config(**changes))
        await channel.open()
        try:
            await play(Scene(service, service.subscribe(FIRST.public), Browser(), channel))
        finally:
            await channel.close()
            await runner.cleanup()

    asyncio.run(run())


def test_an_alert_is_shown_with_its_link_and_a_way_out() -> None:
    async def play(scene: Scene) -> None:
        receipt = await scene.send()
        assert receipt.code == 201
        (shown,) = scene.shown()
        assert shown["title"] == "Breaking: Ferry with 212 aboard runs aground"
        assert shown["body"] == ALERT.summary
        assert shown["navigate"] == ALERT.url
        assert (shown["lang"], shown["dir"]) == ("en", "ltr")
        assert shown["actions"] == [
            {"action": "own", "title": "Change what you get", "navigate": LINKS.preferences}
        ]
        (pushed,) = scene.service.taken
        assert (pushed.urgency, pushed.ttl, pushed.topic) == ("high", 6 * 3600, shown["tag"])

    at(play)


def test_a_correction_and_a_withdrawal_carry_the_tag_of_what_they_replace() -> None:
    async def play(scene: Scene) -> None:
        for revision, kind in enumerate(("first", "correction", "withdrawal"), 1):
            content = replace(ALERT, kind=kind, revision=revision)
            await scene.send(render_alert(content, "webpush", NEWSROOM))
        await scene.send(render_alert(replace(ALERT, public_id="other"), "webpush", NEWSROOM))
        first, correction, withdrawal, other = scene.shown()
        assert first["tag"] == correction["tag"] == withdrawal["tag"] != other["tag"]
        assert withdrawal["title"].startswith("Withdrawn: ")
        assert [each["data"]["revision"] for each in scene.shown()] == [1, 2, 3, 1]

    at(play)


def test_a_browser_that_was_away_finds_the_last_revision_alone() -> None:
    async def play(scene: Scene) -> None:
        for revision, kind in enumerate(("first", "correction"), 1):
            content = replace(ALERT, kind=kind, revision=revision)
            await scene.send(render_alert(content, "webpush", NEWSROOM))
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(scene.service.origin) as socket,
        ):
            await socket.send_json({"messageType": "hello", "uaid": "", "use_webpush": True})
            assert (await socket.receive_json())["status"] == 200
        (kept,) = scene.service._waiting[""]
        assert scene.browser.shown(kept.body)["title"].startswith("Correction: ")

    at(play)


def test_an_edition_is_one_notification() -> None:
    words = render_edition(EDITION, "webpush", NEWSROOM)
    assert words.fields["title"] == "Korean peninsula, Sun 6 Oct"
    assert words.fields["body"].splitlines()[0].startswith("1. Beijing and Pyongyang mark 75")
    assert len(words.fields["body"].splitlines()) == 3
    assert "/editions/" in words.fields["navigate"]
    assert words.fields["urgency"] == "normal"
    with pytest.raises(ValueError, match="without items"):
        render_edition(replace(EDITION, items=()), "webpush", NEWSROOM)


@given(NASTY)
def test_whatever_a_headline_holds_it_fits_a_push(headline: str) -> None:
    for words in (
        render_alert(replace(ALERT, headline=headline, summary=headline), "webpush", NEWSROOM),
        render_edition(edition_of([headline] * 4, [headline] * 4), "webpush", NEWSROOM),
    ):
        assert units(words.fields["title"]) <= TITLE_LIMIT
        assert units(words.fields["body"]) <= BODY_LIMIT
        copy = copy_of(words=words, to="https://push.example/1")
        assert len(payload(copy)) <= MOST_PLAIN
        assert lint(words) is not None and lock_screen.preview(words).length <= BODY_LIMIT


def test_words_run_from_right_to_left_where_they_do() -> None:
    words = render_alert(replace(ALERT, language="ar"), "webpush", NEWSROOM)
    assert words.fields["dir"] == "rtl"


def test_old_keys_serve_old_subscriptions() -> None:
    async def play(scene: Scene) -> None:
        old = scene.service.subscribe(SECOND.public)
        data = scene.browser.data(SECOND.public)
        copy = copy_of("1-1", scene.service.endpoint(old), WORDS, data=data)
        assert (await scene.channel.send(copy, lambda: None)).code == 201
        assert (await scene.send()).code == 201

    at(play)


def test_a_key_that_is_gone_pauses_and_drops_nobody() -> None:
    async def play(scene: Scene) -> None:
        with pytest.raises(Rejected, match="DIGEST_WEBPUSH_KEYS") as caught:
            await scene.send(data=scene.browser.data(SECOND.public))
        assert (caught.value.scope, caught.value.permanent) == ("channel", False)
        assert scene.service.requests == 0

    at(play, signers=(FIRST,))


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_dropped(status: int) -> None:
    async def play(scene: Scene) -> None:
        scene.line.is_gone = True
        scene.service.script.append(status if status == 404 else 0)
        with pytest.raises(Rejected) as caught:
            await scene.send()
        assert (caught.value.code, caught.value.permanent, caught.value.recipient) == (
            status, True, True,
        )  # fmt: skip

    at(play)


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_fault_of_our_signature_pauses_and_drops_nobody(status: int) -> None:
    async def play(scene: Scene) -> None:
        scene.service.script.append(status)
        with pytest.raises(Rejected, match="signature") as caught:
            await scene.send()
        assert (caught.value.scope, caught.value.permanent, caught.value.recipient) == (
            "channel", False, False,
        )  # fmt: skip

    at(play)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_a_push_service_that_is_busy_is_asked_when_it_says(status: int) -> None:
    async def play(scene: Scene) -> None:
        scene.service.script.append(status)
        with pytest.raises(Rejected) as caught:
            await scene.send()
        assert not caught.value.permanent and caught.value.scope == "message"
        assert caught.value.retry_after == (30 if status in {429, 503} else None)
        assert (await scene.send()).code == 201

    at(play)


def test_what_is_found_too_large_goes_as_a_headline() -> None:
    async def play(scene: Scene) -> None:
        scene.service.script.append(413)
        assert (await scene.send()).code == 201
        (shown,) = scene.shown()
        assert "body" not in shown and shown["navigate"] == ALERT.url
        scene.service.script.extend([413, 413])
        with pytest.raises(Rejected) as caught:
            await scene.send()
        assert caught.value.permanent and not caught.value.recipient

    at(play)


def test_retry_after_is_seconds_or_a_date_and_bounded() -> None:
    now = 1_700_000_000.0
    assert answers.seconds("120", now) == 120
    assert answers.seconds(formatdate(now + 90, usegmt=True), now) == 90
    assert answers.seconds(formatdate(now - 90, usegmt=True), now) == 0
    assert answers.seconds("9" * 400, now) == answers.LONGEST_WAIT
    assert answers.seconds("soon", now) is None and answers.seconds("", now) is None


def test_an_endpoint_inside_is_not_reached() -> None:
    async def play(scene: Scene) -> None:
        with pytest.raises(Rejected) as caught:
            await scene.send()
        assert caught.value.permanent and scene.service.requests == 0

    at(play, allow_private=False)


def test_an_endpoint_at_a_strange_server_is_not_reached() -> None:
    async def play(scene: Scene) -> None:
        with pytest.raises(Rejected, match="DIGEST_WEBPUSH_SERVICES"):
            await scene.send()
        assert scene.service.requests == 0

    at(play, services=[".push.apple.com"])


def test_keys_that_are_none_cost_their_own_copy_alone() -> None:
    async def play(scene: Scene) -> None:
        with pytest.raises(Rejected) as caught:
            await scene.send(data={"p256dh": "x"})
        assert (caught.value.permanent, caught.value.scope) == (True, "message")

    at(play)


def test_nobody_there_and_a_line_that_breaks_are_told_apart() -> None:
    async def play(scene: Scene) -> None:
        async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(100)
            writer.close()

        server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}/push/x"
        data = scene.browser.data(FIRST.public)
        with pytest.raises(AnswerLost):
            await scene.channel.send(copy_of("1-1", url, WORDS, data=data), lambda: None)
        server.close()
        await server.wait_closed()
        with pytest.raises(Unreachable):
            await scene.channel.send(copy_of("1-1", url, WORDS, data=data), lambda: None)

    at(play)


# What the push services of browsers refuse, and our stand-in too.
BAD: list[tuple[str, dict[str, Any], int]] = [
    ("no TTL", {"TTL": None}, 400),
    ("a TTL that is no number", {"TTL": "soon"}, 400),
    ("a TTL below zero", {"TTL": "-1"}, 400),
    ("a Topic that is too long", {"Topic": "a" * 33}, 400),
    ("a Topic in plain base64", {"Topic": "a+/="}, 400),
    ("an unknown Urgency", {"Urgency": "breaking"}, 400),
    ("no credentials", {"Authorization": None}, 401),
    ("the draft's credentials", {"Authorization": "WebPush eyJ.eyJ.sig"}, 401),
    ("the older encoding", {"Content-Encoding": "aesgcm"}, 400),
    ("no encoding", {"Content-Encoding": None}, 400),
]


@pytest.mark.parametrize(("fault", "changes", "status"), BAD, ids=[each[0] for each in BAD])
def test_the_stand_in_refuses_what_push_services_refuse(
    fault: str, changes: dict[str, Any], status: int
) -> None:
    async def play(scene: Scene) -> None:
        assert await posted(scene, changes) == status
        assert scene.service.taken == []

    at(play)


def signed(**changes: Any) -> str:
    claims: dict[str, Any] = {"aud": "http://127.0.0.1:0", "exp": 0, "sub": CONTACT} | changes
    return f"vapid t={FIRST._token(claims)}, k={FIRST.public}"


def test_the_stand_in_refuses_tokens_as_push_services_do() -> None:
    async def play(scene: Scene) -> None:
        import time

        soon = int(time.time()) + 600
        right = {"aud": scene.service.origin, "exp": soon}
        cases = {
            "another origin": (signed(exp=soon, aud="https://push.example"), 401),
            "ended": (signed(**right | {"exp": 1_000}), 401),
            "two days": (signed(**right | {"exp": soon + 2 * 86_400}), 401),
            "exp as text": (signed(**right | {"exp": str(soon)}), 401),
            "localhost": (signed(**right, sub="mailto:me@localhost"), 403),
            "a space": (signed(**right, sub="mailto: <a@b.example>"), 403),
            "no contact": (signed(**right, sub=""), 403),
            "another key": (SECOND.authorization(scene.service.origin, CONTACT), 403),
            "a torn signature": (signed(**right).replace(", k=", "A, k="), 401),
        }
        for fault, (authorization, status) in cases.items():
            assert await posted(scene, {"Authorization": authorization}) == status, fault
        assert await posted(scene, {"Authorization": signed(**right)}) == 201

    at(play)


def test_the_stand_in_refuses_bodies_as_push_services_do() -> None:
    async def play(scene: Scene) -> None:
        body = encrypt(b"x", BrowserKeys.of(scene.browser.data("")))
        assert await posted(scene, {}, body=body + b"x" * 5_000) == 413
        assert await posted(scene, {}, body=b"plain words") == 400
        assert await posted(scene, {}, body=body[:16] + b"\0\0\0\x12" + body[20:] + b"x") == 400
        assert await posted(scene, {}, body=body, token="nobody") == 404

    at(play)


async def posted(
    scene: Scene, changes: dict[str, Any], *, body: bytes = b"", token: str = ""
) -> int:
    """The status for our own request with ``changes``; None leaves a header out."""
    copy = scene.copy()
    keys = BrowserKeys.of(scene.browser.data(FIRST.public))
    headers = scene.channel._headers(copy, keys) | changes
    url = copy.to.value.replace(scene.line.token, token) if token else copy.to.value
    async with (
        aiohttp.ClientSession(skip_auto_headers=["Content-Type"]) as session,
        session.post(
            url,
            data=body or encrypt(payload(copy), keys),
            headers={name: value for name, value in headers.items() if value is not None},
        ) as answer,
    ):
        return answer.status


def test_a_fault_is_always_a_channels_error() -> None:
    assert isinstance(answers.refusal(418, "no", "", now=0.0), ChannelError)
